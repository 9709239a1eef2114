import { diag } from './diag.ts';

/** Hexadecimal digits of a hash: 64 bits keep all series of an instrument apart. */
const DIGITS = 16;
/** Each of the two generations remembers at most this many values with their hashes. */
const MAX_REMEMBERED = 1000;
/** The interval at which the older generation is dropped. */
const ROTATION_MS = 60_000;

/**
 * A keyed hash of texts: the first 64 bits of HMAC-SHA-256 in hexadecimal. (RFC 2104)
 *
 * A hash takes microseconds, so recent texts are cached with their hashes. Because the texts are secrets, the cache is
 * bounded, and keeps a text for at most two minutes after its last use.
 */
export class KeyedHash {
  private key: string | Uint8Array | undefined;
  private recent = new Map<string, string>();
  private earlier = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;

  /** @param key by default random, with one warning; then no other object has the same hashes */
  constructor(key: string | undefined) {
    this.key = key;
  }

  of(text: string): string {
    const recent = this.recent.get(text);
    if (recent !== undefined) return recent;
    const hash = this.earlier.get(text) ?? this.compute(text);
    if (this.recent.size >= MAX_REMEMBERED) this.age();
    this.recent.set(text, hash);
    this.timer ??= setInterval(() => this.age(), ROTATION_MS).unref();
    return hash;
  }

  private age(): void {
    this.earlier = this.recent;
    this.recent = new Map();
    if (this.earlier.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private compute(text: string): string {
    // Loaded on demand: most processes never need it.
    const { createHmac, randomBytes } = process.getBuiltinModule('node:crypto');
    if (this.key === undefined) {
      this.key = randomBytes(32);
      diag.warn(
        'pitot: attributes are hashed without a key of your own: hashes differ in every process and thread, and after ' +
          'every start. Set PITOT_REDACT_KEY to the same secret everywhere.',
      );
    }
    return createHmac('sha256', this.key).update(text).digest('hex').slice(0, DIGITS);
  }
}
