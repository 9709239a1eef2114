import { answer, type Handler } from './routing.ts';

/** Paths for orchestrators, as Kubernetes names them. */
export const LIVE_PATH = '/livez';
export const READY_PATH = '/readyz';

/**
 * Whether the hub answers, and whether the application does its work: 200 or 503, and in one line why.
 *
 * @param notReady why the application is not ready now, or undefined when it is
 */
export function createHealth(notReady: () => string | undefined): ReadonlyMap<string, Handler> {
  return new Map<string, Handler>([
    [LIVE_PATH, async (_, response) => answer(response, 200, 'live')],
    [
      READY_PATH,
      async (_, response) => {
        const reason = notReady();
        if (reason === undefined) answer(response, 200, 'ready', NOT_STORED);
        else answer(response, 503, `not ready: ${reason}`, NOT_STORED);
      },
    ],
  ]);
}

const NOT_STORED = { 'cache-control': 'no-store' };
