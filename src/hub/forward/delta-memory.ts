import { deserialize, serialize } from 'node:v8';

/** A request with an unknown outcome. A retry sends exactly the same bytes. */
export interface Unsettled {
  readonly request: Uint8Array;
  readonly points: number;
}

interface Written<Baseline> {
  readonly baseline: Baseline;
  readonly unsettled: Unsettled;
}

/** Int32 words at the beginning: {@link STATE}, and the lengths of the halves in bytes. */
const HEAD_WORDS = 3;
const HEAD = HEAD_WORDS * Int32Array.BYTES_PER_ELEMENT;
const STATE = 0;
/** The ratio of a new memory's size to its first content, so that growing is rare. */
const SPARE = 1.25;
/** Bits of the state: the number of the valid half plus one, and whether its request is settled. */
const HALF = 3;
const SETTLED = 4;

/**
 * The basis of the differences and the request that contains them, for the hub's next thread if this one
 * dies. The application's thread holds this shared memory and never reads it. It has two halves. The hub
 * writes one while the other is valid, and one word says which is valid, so the hub may die at any moment.
 */
export class DeltaMemory<Baseline> {
  private shared: SharedArrayBuffer;
  private readonly grown: (shared: SharedArrayBuffer) => void;

  /**
   * @param shared the memory of the previous thread
   * @param grown receives a larger memory, which replaces the old one from then on
   */
  constructor(shared: SharedArrayBuffer | undefined, grown: (shared: SharedArrayBuffer) => void) {
    this.shared = shared ?? new SharedArrayBuffer(HEAD);
    this.grown = grown;
  }

  /** Call it before the request is sent for the first time. */
  write(written: Written<Baseline>): void {
    const bytes = serialize(written);
    if (bytes.length > this.room) {
      this.shared = new SharedArrayBuffer(HEAD + 2 * Math.ceil(SPARE * bytes.length));
      this.fill(bytes);
      this.grown(this.shared);
    } else {
      this.fill(bytes);
    }
  }

  /** The receiver accepted the last request, or pitot gave it up. */
  settle(): void {
    Atomics.or(this.head, STATE, SETTLED);
  }

  /** The last content; `unsettled` is `undefined` if its request is settled. */
  read(): { readonly baseline: Baseline; readonly unsettled: Unsettled | undefined } | undefined {
    const { head, room } = this;
    const state = Atomics.load(head, STATE);
    const half = (state & HALF) - 1;
    if (half === -1) return undefined;
    const bytes = Buffer.from(new Uint8Array(this.shared, HEAD + half * room, head[1 + half]));
    const { baseline, unsettled }: Written<Baseline> = deserialize(bytes);
    return { baseline, unsettled: (state & SETTLED) === 0 ? unsettled : undefined };
  }

  private fill(bytes: Uint8Array): void {
    const { head, room } = this;
    const half = (Atomics.load(head, STATE) & HALF) === 1 ? 1 : 0;
    new Uint8Array(this.shared, HEAD + half * room, bytes.length).set(bytes);
    head[1 + half] = bytes.length;
    Atomics.store(head, STATE, half + 1);
  }

  private get head(): Int32Array {
    return new Int32Array(this.shared, 0, HEAD_WORDS);
  }

  /** Bytes in a half. */
  private get room(): number {
    return (this.shared.byteLength - HEAD) / 2;
  }
}
