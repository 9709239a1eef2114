/** Bytes in a chunk, about. With half as many a scrape makes more turns and system calls; with more it is no faster. */
const CHUNK = 128 * 1024;
/** Callers rarely write more bytes between two looks at `isFull`. */
const SLACK = 32 * 1024;

const ZERO = 48;

/**
 * Writes a body into one buffer, chunk by chunk. A chunk that was taken is overwritten by the next, so that
 * memory is bounded. It is also faster: with a new buffer for each chunk, whose pages the kernel has to
 * find, a body took half as long again. (bench/scrape.ts)
 *
 * Whoever writes reserves the bytes first.
 */
export class ByteWriter {
  #buffer = Buffer.allocUnsafeSlow(CHUNK + SLACK);
  /** How many bytes have been written since the last chunk was taken. */
  at = 0;

  get isFull(): boolean {
    return this.at >= CHUNK;
  }

  /** The bytes since the last chunk, to be used up before anything else is written. */
  take(): Uint8Array {
    const chunk = this.#buffer.subarray(0, this.at);
    this.at = 0;
    return chunk;
  }

  /** Makes room for so many bytes. */
  reserve(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.at);
    this.#buffer = larger;
  }

  byte(byte: number): void {
    this.#buffer[this.at++] = byte;
  }

  /** A byte string: one byte a character. */
  text(text: string): void {
    this.at += this.#buffer.write(text, this.at, 'latin1');
  }

  bytes(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Writes earlier bytes again, from a place on. */
  repeat(from: number, length: number): void {
    this.#buffer.copyWithin(this.at, from, from + length);
    this.at += length;
  }

  /** Makes room for that many bytes at a place, by moving up the bytes behind it. */
  insert(place: number, bytes: number): void {
    this.reserve(bytes);
    this.#buffer.copyWithin(place + bytes, place, this.at);
    this.at += bytes;
  }

  /** A number as the text formats have it, in at most {@link NUMBER_LENGTH} bytes. */
  number(value: number): void {
    if (value >>> 0 === value) this.#integer(value);
    else this.text(numberText(value));
  }

  /** A float64, little-endian. */
  double(value: number): void {
    this.at = this.#buffer.writeDoubleLE(value, this.at);
  }

  /** The lowest 32 bits of an integer, little-endian. */
  word(value: number): void {
    const buffer = this.#buffer;
    buffer[this.at++] = value;
    buffer[this.at++] = value >>> 8;
    buffer[this.at++] = value >>> 16;
    buffer[this.at++] = value >>> 24;
  }

  /** Writes an integer below 2^32. */
  #integer(value: number): void {
    const buffer = this.#buffer;
    const end = this.at + digitsOf(value);
    let rest = value;
    let at = end;
    do {
      const quotient = (rest / 10) >>> 0;
      buffer[--at] = ZERO + rest - quotient * 10;
      rest = quotient;
    } while (rest !== 0);
    this.at = end;
  }
}

/** `-1.2345678901234567e-300` has that many. */
export const NUMBER_LENGTH = 24;

export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/** Takes an integer below 2^32. */
function digitsOf(value: number): number {
  if (value < 1e5) return value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : value < 1e4 ? 4 : 5;
  return value < 1e6 ? 6 : value < 1e7 ? 7 : value < 1e8 ? 8 : value < 1e9 ? 9 : 10;
}
