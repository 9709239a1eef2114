import { TDigest } from 'tdigest';

/**
 * Quantiles of the values of a sliding window: a ring of digests. Each takes every value from its start on. The
 * oldest one answers, and is then begun anew. (prom-client's own algorithm and digest, so that quantiles are the same.)
 */
export class TimeWindowQuantiles {
  private readonly ringBuffer: TDigest[];
  /** Milliseconds for which a digest is the oldest. */
  private readonly durationBetweenRotatesMillis: number;
  private currentBuffer = 0;
  private rotated: number = Date.now();

  /** Without both of them the window is everything. */
  constructor(maxAgeSeconds: number | undefined, ageBuckets: number | undefined) {
    const isSliding = Boolean(maxAgeSeconds && ageBuckets);
    this.durationBetweenRotatesMillis = isSliding
      ? (Number(maxAgeSeconds) * 1000) / Number(ageBuckets)
      : Number.POSITIVE_INFINITY;
    // prom-client begins all with one digest, which counts each value as often as there are buckets.
    this.ringBuffer = Array.from<TDigest>({ length: ageBuckets ?? 1 }).fill(new TDigest());
  }

  /** How many values it holds, in centroids. */
  size(): number {
    return this.oldest().size();
  }

  /** `undefined` for a window without values. */
  percentile(quantile: number): number | undefined {
    return this.oldest().percentile(quantile);
  }

  push(value: number): void {
    this.oldest();
    for (const digest of this.ringBuffer) digest.push(value);
  }

  reset(): void {
    for (const digest of this.ringBuffer) digest.reset();
  }

  compress(): void {
    for (const digest of this.ringBuffer) digest.compress();
  }

  private oldest(): TDigest {
    const { ringBuffer, durationBetweenRotatesMillis: turn } = this;
    const turns = Math.max(0, Math.ceil((Date.now() - this.rotated) / turn) - 1);
    if (turns > 0) {
      // After an idle time there may be far more turns than digests.
      for (let i = 0; i < Math.min(turns, ringBuffer.length); i++) {
        ringBuffer[(this.currentBuffer + i) % ringBuffer.length] = new TDigest();
      }
      this.currentBuffer = (this.currentBuffer + turns) % ringBuffer.length;
      this.rotated += turns * turn;
    }
    return this.ringBuffer[this.currentBuffer]!;
  }
}
