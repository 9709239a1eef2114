import { diag } from './diag.ts';

/** Hexadecimal digits of a hash: 64 bits keep all series of an instrument apart. */
const DIGITS = 16;
/** Each of the two generations remembers at most this many values with their hashes. */
const MAX_REMEMBERED = 1000;
/** How often the older generation is forgotten. */
const ROTATION_MS = 60_000;

/**
 * A keyed hash of texts: the first 64 bits of HMAC-SHA-256 in hexadecimal. (RFC 2104)
 *
 * It takes microseconds, so texts that come again and again are remembered with their hashes: a bounded
 * number of them, and for two minutes at most after they last came, because they are secrets.
 */
export class KeyedHash {
  private key: string | Uint8Array | undefined;
  private recent = new Map<string, string>();
  private earlier = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;

  /** @param key without one, a random one is made, with one warning: hashes are then good for this object only */
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
    // Loaded when it is needed, which in most processes is never.
    const { createHmac, randomBytes } = process.getBuiltinModule('node:crypto');
    if (this.key === undefined) {
      this.key = randomBytes(32);
      diag.warn(
        'pitot: attributes are hashed without a key of your own: every process and thread hashes otherwise, and so ' +
          'does the next start. Set PITOT_REDACT_KEY to the same secret everywhere.',
      );
    }
    return createHmac('sha256', this.key).update(text).digest('hex').slice(0, DIGITS);
  }
}
