/** The part of the package `tdigest` that summaries use. It has no types of its own. */
declare module 'tdigest' {
  export class TDigest {
    push(value: number): void;
    size(): number;
    percentile(quantile: number): number | undefined;
    compress(): void;
    reset(): void;
  }
}
