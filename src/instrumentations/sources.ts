import { express } from './express.ts';
import { http } from './http.ts';
import { runtimeNode } from './runtime-node.ts';
import type { Source } from './source.ts';

/** All automatic sources of the application's thread, in the order in which they are started. */
export const sources: readonly Source[] = [http, express, runtimeNode];
