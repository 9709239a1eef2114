import { type Handler, jsonOf } from './routing.ts';

/** Tells the page whether it can offer profiles. The endpoint's own server answers when it serves some. */
export const PROFILES_PATH = '/page/profiles';

/** @param isAvailable called for each request */
export function profilesAnswer(isAvailable: () => boolean): Handler {
  return jsonOf(() => JSON.stringify({ isAvailable: isAvailable(), pid: process.pid }));
}
