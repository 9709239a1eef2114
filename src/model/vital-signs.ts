import { allocateShared, atomics } from '../base/shared-memory.ts';

/*
 * The state of an application thread in shared memory. The hub can read it even while the thread is stuck:
 * the last turn of the thread's event loop, and whether the application calls itself ready.
 *
 * 64-bit words: the time of the last beat, and the sum of all delays, both in nanoseconds of the monotonic
 * clock, which all threads of a process share.
 * 32-bit words: whether there has been a beat, a sequence that is odd while the thread writes the values
 * after it, whether the application is ready (0 if it is), and the length of the reason in bytes. The
 * reason follows, in UTF-8.
 */
const BEAT = 0;
const DELAY = 1;
const TIME_WORDS = 2;
const HAS_TURNED = 4;
const SEQUENCE = 5;
const NOT_READY = 6;
const LENGTH = 7;
const HEADER_BYTES = 32;
const REASON_BYTES = 256;

/** Milliseconds between two beats of an idle loop. */
export const BEAT_INTERVAL_MS = 250;
const BEAT_INTERVAL_NS = BigInt(BEAT_INTERVAL_MS) * 1_000_000n;

/** Attempts to read while the thread writes. A write takes a few microseconds. */
const MAX_READ_ATTEMPTS = 1000;

/** Both sides of the shared memory of one application thread. Only that thread writes. */
export class VitalSigns {
  readonly buffer: SharedArrayBuffer;
  private readonly times: BigInt64Array;
  private readonly words: Int32Array;
  private readonly reason: Uint8Array;

  constructor(buffer = allocateShared(HEADER_BYTES + REASON_BYTES)) {
    this.buffer = buffer;
    this.times = new BigInt64Array(buffer, 0, TIME_WORDS);
    this.words = new Int32Array(buffer, 0, HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.reason = new Uint8Array(buffer, HEADER_BYTES, REASON_BYTES);
  }

  /** The thread starts at this time; its loop has not turned yet. */
  begin(now: bigint): void {
    atomics.store(this.times, BEAT, now);
  }

  /** The loop turns at this time. */
  beat(now: bigint): void {
    const delay = now - atomics.load(this.times, BEAT) - BEAT_INTERVAL_NS;
    if (delay > 0n) atomics.add(this.times, DELAY, delay);
    atomics.store(this.times, BEAT, now);
    atomics.store(this.words, HAS_TURNED, 1);
  }

  get lastBeat(): bigint {
    return atomics.load(this.times, BEAT);
  }

  /** The sum of the delays of all beats, in nanoseconds. */
  get totalDelay(): bigint {
    return atomics.load(this.times, DELAY);
  }

  get hasTurned(): boolean {
    return atomics.load(this.words, HAS_TURNED) !== 0;
  }

  /** @param reason why the application is not ready; cut to one line of 256 bytes */
  setReady(isReady: boolean, reason: string): void {
    const bytes = fitting(reason);
    atomics.add(this.words, SEQUENCE, 1);
    this.reason.set(bytes);
    this.words[LENGTH] = bytes.length;
    this.words[NOT_READY] = isReady ? 0 : 1;
    atomics.add(this.words, SEQUENCE, 1);
  }

  /** The application's reason for not being ready, '' if it gave none; undefined if it is ready. */
  get notReady(): string | undefined {
    for (let attempt = 0; attempt < MAX_READ_ATTEMPTS; attempt++) {
      const before = atomics.load(this.words, SEQUENCE);
      const isReady = this.words[NOT_READY] === 0;
      const reason = Buffer.from(this.reason.subarray(0, this.words[LENGTH])).toString();
      // An addition, so that the reads above cannot move past it (see model/protocol.ts).
      const isWhole = before % 2 === 0 && atomics.add(this.words, SEQUENCE, 0) === before;
      if (isWhole) return isReady ? undefined : reason;
    }
    return 'the application is changing it';
  }
}

/** One line, cut between characters if it is too long. */
function fitting(reason: string): Uint8Array {
  const bytes = new Uint8Array(REASON_BYTES);
  const { written } = new TextEncoder().encodeInto(reason.replace(/\s+/g, ' ').trim(), bytes);
  return bytes.subarray(0, written);
}
