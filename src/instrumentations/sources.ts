import { databaseSources } from './database/sources.ts';
import { errors } from './errors.ts';
import { express } from './express.ts';
import { http } from './http.ts';
import type { LeanHttpOptions } from './lean-http/options.ts';
import { leanHttp } from './lean-http/source.ts';
import { runtimeNode } from './runtime-node.ts';
import type { Source } from './source.ts';

/** What measures HTTP: our own source, the official packages, or nothing. */
export type HttpChoice = 'lean' | 'official' | 'off';

/** All automatic sources of the application's thread, in the order in which they are started. */
export function sourcesWith(choice: HttpChoice, lean: LeanHttpOptions): readonly Source[] {
  const byChoice = { lean: [leanHttp(lean)], official: [http, express], off: [] };
  return [...byChoice[choice], ...databaseSources, errors, runtimeNode];
}
