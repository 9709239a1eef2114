import { setTimeout as pause } from 'node:timers/promises';
import { diag } from '../../base/diag.ts';
import { reasonOf } from '../../base/reason.ts';
import type { ProfileKind, takeProfile } from '../pprof/take.ts';
import { PROFILES_PATH, profilesAnswer } from './profiles.ts';
import { answer, type Handler, NOT_STORED } from './routing.ts';
import { sameOriginOnly } from './security/browsers.ts';

/** Below it are the paths of Go's `net/http/pprof`. */
const PPROF_PATH = '/debug/pprof/';

const DEFAULT_SECONDS: Readonly<Record<ProfileKind, number>> = { profile: 30, heap: 10 };
const MAX_SECONDS = 120;

const INDEX = `${PPROF_PATH}profile?seconds=30  CPU of the main thread
${PPROF_PATH}heap?seconds=10  what the main thread allocates meanwhile and still uses
Read them with: go tool pprof -http=: <url>`;

export interface PprofOptions {
  /** Why no profile can be taken; `undefined` if they can. */
  readonly obstacle: string | undefined;
  /** Whether everyone may read the endpoint, so that no profile is served. */
  readonly isOpen: () => boolean;
  /** Whether there is a page, which asks whether it can offer profiles. */
  readonly hasPage: boolean;
  /** Origins whose scripts may read answers; `*` stands for all. */
  readonly origins: readonly string[];
  /** Called when a page of another origin was not let in. */
  readonly refused: () => void;
}

/**
 * Profiles of the application's main thread, one at a time. None, with a warning, for an open endpoint. A browser sends
 * its credentials for an image of any page, and starting a profile stops the thread, so pages of other origins get 403.
 */
export function createPprof(options: PprofOptions): ReadonlyMap<string, Handler> {
  const { obstacle, isOpen, hasPage, origins, refused } = options;
  if (isOpen()) {
    diag.warn(
      'PITOT_PPROF is true, but the endpoint has no credentials: it serves no profiles. Set PITOT_BEARER_TOKEN_FILE ' +
        'or PITOT_WEB_CONFIG_FILE (docs/security.md).',
    );
    return new Map();
  }
  let isTaking = false;
  const profileOf =
    (kind: ProfileKind): Handler =>
    async (request, response, left) => {
      const seconds = secondsOf(request.url, kind);
      if (isOpen())
        return answer(response, 403, 'profiles are served only with credentials (docs/security.md)');
      if (obstacle !== undefined) return answer(response, 503, `no profile: ${obstacle}`);
      if (seconds === undefined) return answer(response, 400, `seconds is a number from 1 to ${MAX_SECONDS}`);
      // HEAD needs no profile for its headers.
      if (request.method === 'HEAD') {
        response.writeHead(200, headersOf(kind));
        response.end();
        return;
      }
      if (isTaking) return answer(response, 409, 'another profile is being taken', { 'retry-after': '30' });
      isTaking = true;
      try {
        const over = () => pause(seconds * 1000, undefined, { signal: left, ref: false });
        const body = await take(kind, over);
        response.writeHead(200, { ...headersOf(kind), 'content-length': body.length });
        response.end(body);
      } catch (error) {
        if (!left.aborted) answer(response, 503, `no profile: ${reasonOf(error)}`);
      } finally {
        isTaking = false;
      }
    };
  const handlers: readonly (readonly [path: string, handler: Handler])[] = [
    [PPROF_PATH, async (_, response) => answer(response, 200, INDEX, NOT_STORED)],
    ...(hasPage ? [[PROFILES_PATH, profilesAnswer(() => obstacle === undefined && !isOpen())] as const] : []),
    [`${PPROF_PATH}profile`, profileOf('profile')],
    [`${PPROF_PATH}heap`, profileOf('heap')],
  ];
  return new Map(handlers.map(([path, handler]) => [path, sameOriginOnly(handler, origins, refused)]));
}

/** Milliseconds that a profile takes; 0 for any other request. */
export function profileTimeOf(target: string | undefined): number {
  for (const kind of ['profile', 'heap'] as const) {
    if (target?.startsWith(`${PPROF_PATH}${kind}`)) return (secondsOf(target, kind) ?? 0) * 1000;
  }
  return 0;
}

/** The encoder and the inspector are loaded with the first profile. */
async function take(...args: Parameters<typeof takeProfile>): Promise<Buffer> {
  const { takeProfile } = await import('../pprof/take.ts');
  return takeProfile(...args);
}

function headersOf(kind: ProfileKind) {
  return {
    ...NOT_STORED,
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${kind}.pb.gz"`,
  };
}

function secondsOf(target: string | undefined, kind: ProfileKind): number | undefined {
  const given = URL.parse(target ?? '', 'http://localhost')?.searchParams.get('seconds');
  const seconds = given === null || given === undefined ? DEFAULT_SECONDS[kind] : Number(given);
  return seconds >= 1 && seconds <= MAX_SECONDS ? seconds : undefined;
}
