import { allocateShared, atomics } from '../base/shared-memory.ts';

/*
 * One stack of an application thread in shared memory. The hub asks by a number; the thread writes its stack and then
 * that number, so that the hub never reads a part of a stack.
 *
 * 64-bit word: the time of the answer, in nanoseconds of the monotonic clock.
 * 32-bit words: the number of the answered request, whether a debugger listens, the length of the text in bytes.
 * The text follows: the frames as JSON, in UTF-8.
 */
const TIME = 0;
const ANSWERED = 2;
const IS_DEBUGGED = 3;
const LENGTH = 4;
const HEADER_BYTES = 24;
const TEXT_BYTES = 16 * 1024;

/** The symbol of the global function through which an application thread writes its stack. */
export const STACK_KEY = 'pitot.stack';

/** A frame of a stack, the innermost first. */
export interface StackFrame {
  readonly name: string;
  /** A `file:` URL, a path, `node:…` for a module of Node.js, or '' for code without a file. */
  readonly file: string;
  /** Both count from 1; 0 if unknown. */
  readonly line: number;
  readonly column: number;
}

export interface StackAnswer {
  /** Nanoseconds of the monotonic clock. */
  readonly time: bigint;
  readonly isDebugged: boolean;
  readonly frames: readonly StackFrame[];
}

/** Both sides of the shared memory. Only the application thread writes. */
export class StackCells {
  readonly buffer: SharedArrayBuffer;
  private readonly times: BigInt64Array;
  private readonly words: Int32Array;
  private readonly text: Uint8Array;

  constructor(buffer = allocateShared(HEADER_BYTES + TEXT_BYTES)) {
    this.buffer = buffer;
    this.times = new BigInt64Array(buffer, 0, 1);
    this.words = new Int32Array(buffer, 0, HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.text = new Uint8Array(buffer, HEADER_BYTES, TEXT_BYTES);
  }

  /** Writes as many of the frames as there is room for. */
  answer(request: number, { time, isDebugged, frames }: StackAnswer): void {
    let kept = frames;
    let bytes = encoded(kept);
    while (bytes.length > TEXT_BYTES) {
      kept = kept.slice(0, Math.floor(kept.length / 2));
      bytes = encoded(kept);
    }
    this.text.set(bytes);
    this.times[TIME] = time;
    this.words[IS_DEBUGGED] = isDebugged ? 1 : 0;
    this.words[LENGTH] = bytes.length;
    atomics.store(this.words, ANSWERED, request);
  }

  /** The answer to this request, which counts from 1; `undefined` while there is none. */
  read(request: number): StackAnswer | undefined {
    if (request === 0 || atomics.load(this.words, ANSWERED) !== request) return undefined;
    const text = Buffer.from(this.text.subarray(0, this.words[LENGTH])).toString();
    const frames: [string, string, number, number][] = JSON.parse(text);
    return {
      time: this.times[TIME]!,
      isDebugged: this.words[IS_DEBUGGED] === 1,
      frames: frames.map(([name, file, line, column]) => ({ name, file, line, column })),
    };
  }
}

function encoded(frames: readonly StackFrame[]): Uint8Array {
  const rows = frames.map(({ name, file, line, column }) => [name, file, line, column]);
  return new TextEncoder().encode(JSON.stringify(rows));
}
