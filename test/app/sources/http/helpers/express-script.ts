import assert from 'node:assert/strict';
import type { Counted } from './measured.ts';
import { summary } from './measured.ts';

/** A request, the status it must be answered with, and the `http.route` it must be counted under. */
export type Step = readonly [request: string, status: number, route: string | undefined];

/** The paths that the two versions of Express spell differently. */
export interface Syntax {
  optional(path: string, name: string): string;
  wildcard(path: string, name: string): string;
}

export const EXPRESS_5: Syntax = {
  optional: (path, name) => `${path}{/:${name}}`,
  wildcard: (path, name) => `${path}/*${name}`,
};
export const EXPRESS_4: Syntax = {
  optional: (path, name) => `${path}/:${name}?`,
  wildcard: (path) => `${path}/*`,
};

/** Steps with the same result whether or not pitot could watch the building of the routers. */
export function everySteps(syntax: Syntax): readonly Step[] {
  return [
    ['GET /', 200, '/'],
    ['GET /?page=2', 200, '/'],
    ['GET /users/1', 200, '/users/:id'],
    ['GET /users/2?x=/health', 200, '/users/:id'],
    ['GET /Users/3', 200, '/users/:id'],
    ['HEAD /users/4', 200, '/users/:id'],
    ['POST /users/5', 201, '/users/:id'],
    ['GET /numbers/77', 200, '/^\\/numbers\\/[0-9]+$/'],
    ['GET /one', 200, '/one,/two/:x'],
    ['GET /two/2', 200, '/one,/two/:x'],
    ['GET /optional', 200, syntax.optional('/optional', 'part')],
    ['GET /optional/3', 200, syntax.optional('/optional', 'part')],
    ['GET /files/a/b/c', 200, syntax.wildcard('/files', 'path')],
    ['GET /chained/1', 200, '/chained/:x'],
    ['GET /missing/1', 404, '/missing/:id'],
    ['GET /thrown/1', 500, '/thrown/:id'],
    ['GET /goes-on/1', 200, '/goes-on/:x'],

    ['GET /closed', 401, '/closed'],
    ['GET /closed/door/1', 401, '/closed'],
    ['GET /Closed/door/2', 401, '/closed'],
    ['GET /orgs/acme/closed/1', 403, '/orgs/:org/closed'],
    ['GET /assets/express-app.cjs', 200, '/assets'],

    ['GET /orgs/acme', 200, '/orgs/:org'],
    ['GET /Orgs/acme/', 200, '/orgs/:org'],
    ['GET /orgs/a%20b/bills/3', 200, '/orgs/:org/bills/:bill'],
    ['GET /orgs/acme/teams/red/members', 200, '/orgs/:org/teams/:team/members'],
    ['GET /orgs/acme/teams/red/members/9', 200, '/orgs/:org/teams/:team/members/:member'],
    ['GET /orgs/acme/teams/red/rejected', 500, '/orgs/:org/teams/:team/rejected'],

    ['GET /shared/things/1', 200, '/shared/things/:thing'],
    ['GET /rooms/7/shared/things/1', 200, '/rooms/:room/shared/things/:thing'],
    ['GET /shared/failing', 500, '/shared/failing'],
    ['GET /rooms/7/shared/failing', 500, '/rooms/:room/shared/failing'],
    ['GET /same/same/same', 200, '/same/same/:same'],

    ['GET /inner/7/things/8', 200, '/inner/:area/things/:thing'],
    ['GET /inner/7/failing/8', 500, '/inner/:area/failing/:x'],
    ['GET /inner/7/deeper/8/leaf', 200, '/inner/:area/deeper/:depth/leaf'],
    ['GET /outer/app/7/page', 200, '/outer/app/:name/page'],
    ['GET /replaceable/7/plain', 200, '/replaceable/:tenant/plain'],

    ['GET /nowhere', 404, undefined],
    ['GET /nowhere/1?x', 404, undefined],
    ['DELETE /', 404, undefined],
    ['DELETE /users/6', 404, undefined],
    ['GET /orgs/acme/nowhere', 404, undefined],
    ['GET /orgs/acme/teams/red/nowhere', 404, undefined],
    ['GET /inner/7/nowhere', 404, undefined],
    ['GET /assets/nowhere.js', 404, undefined],
    ['GET /passed/1', 404, undefined],
  ];
}

/** Steps that need the registered paths, which pitot saw or the router kept. */
export const REGISTERED: readonly Step[] = [
  ['GET /list/entry', 200, '/list,/lists/:list/entry'],
  ['GET /lists/7/entry', 200, '/list,/lists/:list/entry'],
  ['GET /v2/versioned/1', 200, '/^\\/v[0-9]+/versioned/:x'],
];

/** Steps that need watched routers: the way to these passes something that is not a router. */
export const WATCHED: readonly Step[] = [
  ['GET /replaceable/7/nested/deep/before/1', 200, '/replaceable/:tenant/nested/:deep/before/:x'],
  ['GET /replaceable/7/nested/deep/after/1', 404, undefined],
  ['POST /replace', 200, '/replace'],
  ['GET /replaceable/7/nested/deep/after/1', 200, '/replaceable/:tenant/nested/:deep/after/:x'],
  ['GET /replaceable/7/nested/deep/before/1', 404, undefined],
];

export async function perform(port: number, steps: readonly Step[]): Promise<void> {
  for (const [request, status] of steps) {
    const [method = '', path] = request.split(' ');
    const body = method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...body });
    await response.arrayBuffer();
    assert.equal(response.status, status, request);
  }
}

/** The expected counts of the steps, comparable with `summary`. */
export function expected(steps: readonly Step[]): readonly (readonly [string, number])[] {
  const counted = steps.map(
    ([request, status, route]): Counted => ({
      attributes: {
        'http.request.method': request.split(' ')[0] ?? '',
        'http.response.status_code': status,
        ...(route !== undefined && { 'http.route': route }),
        ...(status >= 500 && { 'error.type': String(status) }),
      },
      count: 1,
      sum: 0,
    }),
  );
  const counts = new Map<string, number>();
  for (const [text] of summary(counted)) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts];
}
