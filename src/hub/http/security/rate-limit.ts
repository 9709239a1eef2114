import type { RateLimit } from '../../../config/parsers/web-config.ts';

/** A token bucket, full at first: whether one more request is within the limit. (`golang.org/x/time/rate`) */
export function createRateLimiter({ interval, burst }: RateLimit): () => boolean {
  let tokens = burst;
  let since = performance.now();
  return () => {
    const now = performance.now();
    tokens = Math.min(burst, tokens + (now - since) / interval);
    since = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}
