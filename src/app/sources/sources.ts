import { databaseSources } from './databases/sources.ts';
import { errors } from './errors.ts';
import { nativeHttp } from './http/native-http.ts';
import type { NativeHttpOptions } from './http/options.ts';
import { express } from './official/express.ts';
import { http } from './official/http.ts';
import { runtimeNode } from './runtime-node.ts';
import type { Source } from './source.ts';
import { socketIo, ws } from './websockets/sources.ts';

/** What measures HTTP: our own source, the official packages, or nothing. */
export type HttpChoice = 'native' | 'official' | 'off';

/** Servers of WebSockets that are measured without a call of the application's. */
export type WebSocketChoice = 'ws' | 'socket.io';

/** All automatic sources of the application's thread, in the order in which they are started. */
export function sourcesWith(choice: HttpChoice, native: NativeHttpOptions): readonly Source[] {
  const byChoice = { native: [nativeHttp(native)], official: [http, express], off: [] };
  return [...byChoice[choice], ...databaseSources, errors, runtimeNode];
}

/** Those that measure only what they are asked to. */
export function webSocketSources(choice: readonly WebSocketChoice[]): readonly Source[] {
  return [socketIo, ws].filter(({ name }) => choice.some((one) => one === name));
}
