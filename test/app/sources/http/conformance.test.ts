import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { UNUSUAL_REQUESTS } from '../../../../docs/conformance/requests.ts';
import { CLIENT, recorded, SERVER, startRun, type Traffic } from './helpers/conformance-runs.ts';
import { EXPRESS_5, everySteps, perform, REGISTERED, type Step, WATCHED } from './helpers/express-script.ts';
import { RawClient } from './helpers/raw-client.ts';

/*
 * The same traffic to the same application, once under the official packages and once under ours. Every
 * series they have in common must be equal, but for the differences listed here; each of them is explained
 * in docs/http.md under the same name.
 */

/** Both run for the whole file; each test looks at what its own traffic has added. */
const [official, native] = await Promise.all([
  startRun({ after }, 'official-preload.ts'),
  startRun({ after }, 'preload.ts'),
]);

/** Requests on one connection, each read to its end. */
function inTurn(requests: readonly (readonly [method: string, path: string])[]): Traffic {
  return async (t, { plain }) => {
    const client = await RawClient.connect(t, plain);
    for (const [method, path] of requests) {
      client.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody`);
      await client.response(method);
    }
  };
}

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'QUERY',
  'PROPFIND',
  'PURGE',
];
const STATUSES = [200, 201, 204, 206, 301, 304, 400, 404, 409, 418, 429, 500, 501, 503, 599];

const routed = (steps: readonly Step[]): Traffic => {
  return (_, ports) => perform(ports.routed, steps);
};

/** Spelled otherwise than registered, and what goes on after it has answered: see the differences. */
const SPELLED_OTHERWISE: Step = ['GET /Closed/door/2', 401, '/closed'];
const GOES_ON: Step = ['GET /goes-on/1', 200, '/goes-on/:x'];
const STEPS = [...everySteps(EXPRESS_5), ...REGISTERED, ...WATCHED].filter(
  ([request]) => request !== SPELLED_OTHERWISE[0] && request !== GOES_ON[0],
);

const AGREED: Readonly<Record<string, { traffic: Traffic; total: number; metric?: string }>> = {
  'every method': {
    traffic: inTurn(METHODS.map((method) => [method, '/status/200'])),
    total: METHODS.length,
  },
  'every status': {
    traffic: inTurn(STATUSES.map((status) => ['GET', `/status/${status}`])),
    total: STATUSES.length,
  },
  'HTTP/1.0 and connections that close': {
    traffic: async (t, { plain }) => {
      for (const head of [
        'GET /status/200 HTTP/1.0',
        'GET /status/200 HTTP/1.1\r\nHost: x\r\nConnection: close',
      ]) {
        const client = await RawClient.connect(t, plain);
        client.write(`${head}\r\n\r\n`);
        await client.response();
      }
    },
    total: 2,
  },
  'pipelined requests': {
    traffic: async (t, { plain }) => {
      const client = await RawClient.connect(t, plain);
      client.write('GET /status/200 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5));
      for (let i = 0; i < 5; i++) await client.response();
    },
    total: 5,
  },
  'every route of Express': { traffic: routed(STEPS), total: STEPS.length },
  'requests the application makes': {
    traffic: async (t, { calling }) => {
      const client = await RawClient.connect(t, calling);
      for (const call of [
        ...METHODS.slice(0, 10).map((method) => `${method} /status/200`),
        'GET /status/404',
        'GET /status/503',
      ]) {
        client.write(`GET /call?${encodeURIComponent(call)} HTTP/1.1\r\nHost: x\r\n\r\n`);
        await client.response();
      }
    },
    total: 12,
    metric: CLIENT,
  },
};

for (const [what, { traffic, ...options }] of Object.entries(AGREED)) {
  test(`${what}: recorded as by the official packages, series by series`, async (t) => {
    const expected = await recorded(t, official, traffic, options);
    assert.ok(expected.length > 0);
    assert.deepEqual(await recorded(t, native, traffic, options), expected);
  });
}

interface Difference {
  readonly traffic: Traffic;
  readonly metric?: string;
  readonly official: readonly string[];
  readonly native: readonly string[];
}

/** Sends a request and breaks the connection off. */
function brokenOff(path: string): Traffic {
  return async (t, { plain }) => {
    const client = await RawClient.connect(t, plain);
    client.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await pause(200);
    client.socket.destroy();
  };
}

/** Sends bytes and reads one response. */
function answered(bytes: string, method?: string): Traffic {
  return async (t, { plain }) => {
    const client = await RawClient.connect(t, plain);
    client.write(bytes);
    await client.response(method);
    await pause(50);
    client.socket.destroy();
  };
}

function called(call: string): Traffic {
  return async (t, { calling }) => {
    const client = await RawClient.connect(t, calling);
    client.write(`GET /call?${encodeURIComponent(call)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.response();
  };
}

const DIFFERENCES: Readonly<Record<keyof typeof UNUSUAL_REQUESTS, Difference>> = {
  'A client that goes away before the response': {
    traffic: brokenOff('/never'),
    official: ['1 method=GET status=200 http 1.1'],
    native: ['1 error=client_disconnected method=GET http 1.1'],
  },
  'A client that goes away within the response': {
    traffic: brokenOff('/partly'),
    official: ['1 method=GET status=200 http 1.1'],
    native: ['1 error=client_disconnected method=GET status=200 http 1.1'],
  },
  'A connection that the server closes': {
    traffic: brokenOff('/destroy'),
    official: ['1 method=GET status=200 http 1.1'],
    native: ['1 error=server_disconnected method=GET http 1.1'],
  },
  'A response that is destroyed with an error': {
    traffic: brokenOff('/broken'),
    official: ['1 method=GET status=200 http 1.1'],
    native: ['1 error=TypeError method=GET status=200 http 1.1'],
  },
  'Expect: 100-continue with a listener of its own': {
    traffic: async (t, { plain }) => {
      const client = await RawClient.connect(t, plain);
      client.write('PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n');
      await client.response();
      client.write('x');
      await client.response();
    },
    official: [],
    native: ['1 method=PUT status=202 http 1.1'],
  },
  'What Node.js answers itself': {
    traffic: answered('GET / HTTP/1.1\r\n\r\n'),
    official: [],
    native: ['1 method=GET status=400 http 1.1'],
  },
  Upgrades: {
    traffic: answered('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    official: [],
    native: ['1 method=GET status=101 http 1.1'],
  },
  'HTTP/2': {
    traffic: async (_, { http2 }) => {
      const client = connect(`http://127.0.0.1:${http2}`);
      const stream = client.request({ ':path': '/' }).resume();
      await once(stream, 'close');
      client.close();
    },
    official: [],
    native: ['1 method=GET status=200 http 2'],
  },
  'A mount that is spelled otherwise in the request': {
    traffic: routed([SPELLED_OTHERWISE]),
    official: ['1 method=GET status=401 http 1.1'],
    native: ['1 method=GET status=401 route=/closed http 1.1'],
  },
  'A handler that goes on after it has answered': {
    traffic: routed([GOES_ON]),
    official: ['1 method=GET status=200 http 1.1'],
    native: ['1 method=GET status=200 route=/goes-on/:x http 1.1'],
  },
  'A request that cannot connect': {
    traffic: called('GET / 1'),
    metric: CLIENT,
    official: ['1 error=Error method=GET to=127.0.0.1:1'],
    native: ['1 error=ECONNREFUSED method=GET to=127.0.0.1:1'],
  },
  'A call that throws': {
    traffic: called('GET /not\nencoded'),
    metric: CLIENT,
    official: ['1 error=TypeError method=GET to=127.0.0.1:plain'],
    native: [],
  },
  'A response that breaks off': {
    traffic: called('GET /broken'),
    metric: CLIENT,
    official: ['1 method=GET status=200 to=127.0.0.1:plain 1.1'],
    native: ['1 error=ECONNRESET method=GET status=200 to=127.0.0.1:plain 1.1'],
  },
};

const docs = readFileSync(join(import.meta.dirname, '../../../../docs/http.md'), 'utf8');

for (const [what, difference] of Object.entries<Difference>(DIFFERENCES)) {
  const { traffic, metric = SERVER, ...expected } = difference;
  test(`${what}: differs from the official packages exactly as documented`, async (t) => {
    const options = (lines: readonly string[]) => ({
      metric,
      total: lines.reduce((all, line) => all + Number(line.split(' ')[0]), 0),
    });
    assert.deepEqual(await recorded(t, official, traffic, options(expected.official)), expected.official);
    assert.deepEqual(await recorded(t, native, traffic, options(expected.native)), expected.native);
    assert.ok(docs.includes(`**${what}**`), `docs/http.md does not explain "${what}"`);
  });
}
