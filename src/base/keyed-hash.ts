import { diag } from '@opentelemetry/api';

/** Hexadecimal digits: two of so many different values as there can be series are never alike. */
const DIGITS = 16;
/** Values that are remembered with their hashes, at most twice as many as this. */
const MOST_REMEMBERED = 1000;
/** Milliseconds after which a value that has not come again is forgotten, at most twice as long. */
const MEMORY = 60_000;

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
    if (this.recent.size >= MOST_REMEMBERED) this.age();
    this.recent.set(text, hash);
    this.timer ??= setInterval(() => this.age(), MEMORY).unref();
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
