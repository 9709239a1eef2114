import type { Source } from '../source.ts';
import { measureHttp } from './lean-http.ts';
import type { LeanHttpOptions } from './options.ts';

/** HTTP for metrics alone: see {@link measureHttp}. */
export function leanHttp(options: LeanHttpOptions): Source {
  return {
    name: 'http',
    packages: [],
    start: (meterProvider) => measureHttp(meterProvider.getMeter('pitot/http'), options),
  };
}
