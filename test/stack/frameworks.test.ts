import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../harness/free-port.ts';
import { inherited, type Service, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { installedBesidePitot } from './helpers/installed.ts';

/*
 * Frameworks as installed packages, each built as its documentation says where it is built. The programs show how an
 * application tells its routes where pitot does not learn them by itself; docs/http.md has the same lines.
 */

const PROGRAMS = join(import.meta.dirname, 'programs/frameworks');
const API = '@opentelemetry/api@1.9.1';

/** A request, the status of its answer, and what it counts as: its route or, for GraphQL, its operation. */
type Step = readonly [path: string, status: number, counted: string | undefined];

interface Framework {
  readonly name: string;
  readonly program: string;
  readonly steps: readonly Step[];
}

const REST: readonly Step[] = [
  ['/users/1?x=1', 200, '/users/:id'],
  ['/missing/1', 404, '/missing/:id'],
  ['/failing/1', 500, '/failing/:id'],
  ['/nowhere', 404, undefined],
];
const FEATHERS: readonly Step[] = [
  ['/messages', 200, '/messages'],
  ['/messages/1', 200, '/messages/:id'],
  ['/messages/bad', 500, '/messages/:id'],
  ['/teams/red/members', 200, '/teams/:team/members'],
  ['/teams/red/members/2', 200, '/teams/:team/members/:id'],
  ['/nowhere', 404, undefined],
];
const GRAPHQL: readonly Step[] = [
  ['/graphql?query=query+Users{users}', 200, 'query Users'],
  ['/graphql?query=query+Invented1{users}', 200, 'query _OTHER'],
  ['/graphql?query=query+Invented2{users}', 200, 'query _OTHER'],
  ['/graphql?query={users}', 200, 'query'],
];

const SERVERS: readonly Framework[] = [
  { name: 'restify 12', program: 'restify.cjs', steps: REST },
  {
    name: 'Polka 0.5',
    program: 'polka.cjs',
    steps: [
      ...REST,
      ['/files/a/b', 200, '/files/*'],
      ['/areas/things/1', 200, '/areas/things/:id'],
      ['/areas', 200, '/areas/'],
      ['/areas/?x=2', 200, '/areas/'],
      ['/areas/deep/leaf/2?x', 200, '/areas/deep/leaf/:x'],
      ['/open/alice', 200, undefined],
    ],
  },
  { name: 'Feathers 5 on Koa', program: 'feathers-koa.cjs', steps: FEATHERS },
  {
    name: 'Feathers 5 on Express',
    program: 'feathers-express.cjs',
    steps: [...FEATHERS, ['/plain/1', 200, '/plain/:x']],
  },
  { name: 'h3 1', program: 'h3-1.mjs', steps: [...REST, ['/files/a/b', 200, '/files/**']] },
  {
    name: 'h3 2',
    program: 'h3-2.mjs',
    steps: [
      ...REST,
      ['/files/a/b', 200, '/files/**'],
      ['/areas/things/1', 200, '/areas/things/:id'],
      ['/open/alice', 200, undefined],
    ],
  },
  {
    name: 'tRPC 11',
    program: 'trpc.mjs',
    steps: [
      ['/trpc/users.list', 200, '/trpc/users.list'],
      ['/trpc/users.failing', 500, '/trpc/users.failing'],
      ['/trpc/missing', 404, '/trpc/missing'],
      ['/trpc/invented', 404, undefined],
      ['/trpc/users.list,missing?batch=1', 207, '/trpc/:batch'],
    ],
  },
];

const GRAPHQL_SERVERS: readonly Framework[] = [
  { name: 'GraphQL Yoga 5', program: 'yoga.mjs', steps: GRAPHQL },
  { name: 'Apollo Server 5', program: 'apollo.mjs', steps: GRAPHQL },
];

describe('servers', { timeout: 300_000 }, () => {
  let folder: string;
  before(async () => {
    folder = await installedBesidePitot([
      ...[API, 'restify@12.0.0', 'polka@0.5.2', 'h3@2.0.8', 'h3-1@npm:h3@1.15.4', '@trpc/server@11.25.2'],
      ...['@feathersjs/feathers@5.0.50', '@feathersjs/koa@5.0.50', '@feathersjs/express@5.0.50'],
      ...['@apollo/server@5.5.1', 'graphql@16.11.0', 'graphql-yoga@5.24.1'],
    ]);
    await cp(join(PROGRAMS, 'servers'), folder, { recursive: true });
  });

  for (const { name, program, steps } of SERVERS) {
    test(`${name}: every request has the template that was registered`, async (t) => {
      const service = await startService(t, {
        nodeArgs: ['--import', 'pitot/instrumentation'],
        args: [program],
        cwd: folder,
      });
      const [, port] = await service.line(/^listening on (\d+)$/);
      await check(service, Number(port), steps, ({ http_route }) => http_route);
    });
  }

  for (const { name, program, steps } of GRAPHQL_SERVERS) {
    test(`${name}: requests are counted by their operations, and invented names are one`, async (t) => {
      const env = { PITOT_STALL_CAUSES: 'false' };
      const service = await startService(t, { nodeArgs: [], args: [program], cwd: folder, env });
      const [, port] = await service.line(/^listening on (\d+)$/);
      await check(service, Number(port), steps, (labels) =>
        [labels.graphql_operation_type, labels.graphql_operation_name].filter(Boolean).join(' '),
      );
      assert.doesNotMatch(service.stderr, /warning/);
    });
  }
});

const PAGES: readonly Step[] = [
  ['/', 200, '/'],
  ['/users/1', 200, '/users/[id]'],
  ['/users/none', 404, '/users/[id]'],
  ['/users/bad', 500, '/users/[id]'],
  ['/areas/1/2', 200, '/areas/[...path]'],
  ['/nowhere', 404, undefined],
];

const BUILT: readonly (Framework & { readonly packages: readonly string[]; readonly build: string[] })[] = [
  {
    name: 'SvelteKit 3',
    packages: [
      ...['@sveltejs/kit@3.2.0', '@sveltejs/adapter-node@6.0.1', '@sveltejs/vite-plugin-svelte@latest'],
      ...['svelte@5', 'vite@8'],
    ],
    build: ['vite', 'build'],
    program: 'sveltekit/server.js',
    steps: PAGES,
  },
  {
    name: 'Astro 7',
    packages: ['astro@7.3.5', '@astrojs/node@11.1.6'],
    build: ['astro', 'build'],
    program: 'astro/server.js',
    steps: PAGES,
  },
  {
    name: 'React Router 8',
    packages: [
      ...['react-router@8.4.0', '@react-router/node@8.4.0', '@react-router/express@8.4.0'],
      ...['@react-router/dev@8.4.0', 'react@19', 'react-dom@19', 'vite@8', 'isbot@5', 'express@5.3.0'],
    ],
    build: ['react-router', 'build'],
    program: 'react-router/server.js',
    steps: [
      ['/', 200, '/'],
      ['/users/1', 200, '/users/:id'],
      ['/users/1.data', 200, '/users/:id'],
      ['/users/none', 404, '/users/:id'],
      ['/users/bad', 500, '/users/:id'],
      ['/areas/1/things/2', 200, '/areas/:area/things/:thing'],
      ['/data/1', 200, '/data/:key'],
      ['/nowhere', 404, undefined],
    ],
  },
  {
    name: 'Nitro 3',
    packages: ['nitro@3.0.0'],
    build: ['nitro', 'build'],
    program: 'nitro/.output/server/index.mjs',
    steps: [
      ['/users/1', 200, '/users/:id'],
      ['/users/none', 404, '/users/:id'],
      ['/users/bad', 500, '/users/:id'],
      ['/areas/1/2', 200, '/areas/**:path'],
      ['/nowhere', 404, undefined],
    ],
  },
  {
    name: 'Nuxt 4',
    packages: ['nuxt@4.1.3'],
    build: ['nuxt', 'build'],
    program: 'nuxt/.output/server/index.mjs',
    steps: [
      ['/', 200, '/'],
      ['/users/1', 200, '/users/:id'],
      ['/users/none', 404, '/users/:id'],
      ['/users/bad', 500, '/users/:id'],
      ['/api/items/1', 200, '/api/items/:id'],
      ['/api/items/none', 404, '/api/items/:id'],
      ['/api/items/bad', 500, '/api/items/:id'],
      ['/nowhere', 404, undefined],
    ],
  },
];

for (const { name, packages, build, program, steps } of BUILT) {
  test(`${name}: a built application has the templates of its files or routes`, {
    timeout: 300_000,
  }, async (t) => {
    const folder = await installedBesidePitot([API, ...packages]);
    const [source = ''] = program.split('/');
    const cwd = join(folder, source);
    await mkdir(cwd, { recursive: true });
    await cp(join(PROGRAMS, source), cwd, { recursive: true });
    const [bin = '', ...args] = build;
    const env = { ...inherited(), CI: 'true', NODE_ENV: 'production', ASTRO_TELEMETRY_DISABLED: '1' };
    await promisify(execFile)(process.execPath, [join(folder, 'node_modules/.bin', bin), ...args], {
      cwd,
      env,
    });
    const port = await freePort();
    const service = await startService(t, {
      nodeArgs: ['--import', 'pitot/instrumentation'],
      args: [join(folder, program)],
      cwd,
      env: { PORT: String(port), HOST: '127.0.0.1', NODE_ENV: 'production' },
    });
    await service.line(/listening on/i);
    await check(service, port, steps, ({ http_route }) => http_route);
  });
}

/** Sends the requests one after the other, and compares what they were counted as. */
async function check(
  service: Service,
  port: number,
  steps: readonly Step[],
  countedAs: (labels: Readonly<Record<string, string>>) => string | undefined,
): Promise<void> {
  for (const [path, status] of steps) {
    // Apollo takes a GET without this for a forged one.
    const headers = { 'apollo-require-preflight': 'true' };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    await response.arrayBuffer();
    assert.equal(response.status, status, path);
  }
  let counted: readonly string[] = [];
  await until(
    async () => {
      const { samples } = await service.scrape();
      counted = samples
        .filter(({ name }) => name === 'http_server_request_duration_seconds_count')
        .flatMap(({ labels, value }) => {
          const line = [labels.http_response_status_code, countedAs(labels) ?? ''].join(' ').trim();
          return Array.from({ length: value }, () => line);
        });
      return counted.length >= steps.length || undefined;
    },
    { what: `${steps.length} requests`, instead: () => counted.join('\n') },
  );
  const expected = steps.map(([, status, as = '']) => `${status} ${as}`.trim());
  assert.deepEqual(counted.toSorted(), expected.toSorted());
}
