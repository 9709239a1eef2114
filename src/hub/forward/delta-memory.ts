import { deserialize, serialize } from 'node:v8';

/** A request whose fate is not known. Whoever sends it again sends the very same bytes. */
export interface Unsettled {
  readonly request: Uint8Array;
  readonly points: number;
}

interface Written<Baseline> {
  readonly baseline: Baseline;
  readonly unsettled: Unsettled;
}

/** Int32 words at the beginning: {@link STATE} and the lengths of the halves in bytes. */
const HEAD_WORDS = 3;
const HEAD = HEAD_WORDS * Int32Array.BYTES_PER_ELEMENT;
const STATE = 0;
/** How much larger than what it is made for a memory is, so that growing is rare. */
const SPARE = 1.25;
/** Bits of the state: which half holds, plus one; and whether its request has been settled. */
const HALF = 3;
const SETTLED = 4;

/**
 * What differences are made from, and the request that has them, for the hub's next thread should this one
 * die: in shared memory that the application's thread holds and never looks into. It has two halves. One is
 * written while the other holds, and one word says which, so that a thread may die at any moment.
 */
export class DeltaMemory<Baseline> {
  private shared: SharedArrayBuffer;
  private readonly grown: (shared: SharedArrayBuffer) => void;

  /**
   * @param shared the memory of the thread before
   * @param grown is called with a new memory, which from then on takes the place of the old one
   */
  constructor(shared: SharedArrayBuffer | undefined, grown: (shared: SharedArrayBuffer) => void) {
    this.shared = shared ?? new SharedArrayBuffer(HEAD);
    this.grown = grown;
  }

  /** To be called before the request is sent for the first time. */
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

  /** The request that was written last was accepted, or is given up. */
  settle(): void {
    Atomics.or(this.head, STATE, SETTLED);
  }

  /** What was written last; `unsettled` is `undefined` when it was settled. */
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
