import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { ask, largeResult, respond, start, warnings } from '../http/helpers/served.ts';
import { counter, gauge, histogram, resourceMetrics, scope } from './helpers/metrics.ts';
import { decode } from './helpers/protobuf-decoding.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores';
const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

async function collect(): Promise<CollectionResult> {
  const metrics = [
    counter({ name: 'my.hits', unit: 'By' }, [{ 'a.b': 'ä' }, 1]),
    gauge({ name: 'load' }, [{}, 2]),
    histogram({ name: 'wait', unit: 's' }, [{}, { boundaries: [], counts: [3], sum: 4 }]),
  ];
  return { resourceMetrics: resourceMetrics({}, scope('s', ...metrics)), errors: [] };
}

test('every client gets the format that it asks for', async (t) => {
  const { port } = await start(t, { collect, scopeLabels: false });
  const text = await ask(port, { headers: { accept: 'text/plain' } });
  assert.equal(text.headers['content-type'], TEXT);
  assert.match(text.body, /^# TYPE my_hits_bytes_total counter\nmy_hits_bytes_total\{a_b="ä"\} 1\n/);

  const openMetrics = await ask(port, { headers: { accept: 'application/openmetrics-text;version=1.0.0' } });
  assert.equal(openMetrics.headers['content-type'], OPENMETRICS);
  assert.match(openMetrics.body, /^# TYPE my_hits_bytes counter\n# UNIT my_hits_bytes bytes\n.*# EOF\n$/s);

  const response = await respond({ port, headers: { accept: PROTOBUF } });
  assert.equal(response.headers['content-type'], PROTOBUF);
  assert.deepEqual(
    decode(await buffer(response)).map(({ name, type }) => [name, type]),
    [
      ['my_hits_bytes_total', 'COUNTER'],
      ['load', 'GAUGE'],
      ['wait_seconds', 'HISTOGRAM'],
    ],
  );

  const json = await ask(port, { path: '/metrics.json', headers: { accept: 'text/plain' } });
  assert.equal(json.headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(JSON.parse(json.body).families.length, 3);
});

test('OpenMetrics has start times as series only if the setting asks for them', async (t) => {
  const headers = { accept: 'application/openmetrics-text;version=1.0.0' };
  for (const options of [{}, { createdSeries: true }]) {
    const { port } = await start(t, { collect, ...options });
    const created = (await ask(port, { headers })).body.match(/^\w+_created(?=\{)/gm) ?? [];
    assert.deepEqual(
      created,
      'createdSeries' in options ? ['my_hits_bytes_created', 'wait_seconds_created'] : [],
    );
  }
});

test('the header Vary keeps caches from giving one client the format of another', async (t) => {
  const { port } = await start(t, { collect });
  for (const method of ['GET', 'HEAD']) {
    assert.equal((await ask(port, { method })).headers.vary, 'accept, accept-encoding');
  }
});

test('names follow the strategy and the scraper, even for simultaneous scrapers', async (t) => {
  let collections = 0;
  const { port } = await start(t, {
    translationStrategy: 'NoUTF8EscapingWithSuffixes',
    scopeLabels: false,
    collect: () => {
      collections++;
      return collect();
    },
    scrapeCache: 60_000,
  });
  const lines = {
    'allow-utf-8': '{"my.hits_bytes_total","a.b"="ä"} 1',
    underscores: 'my_hits_bytes_total{a_b="ä"} 1',
    dots: 'my_dot_hits__bytes__total{a_dot_b="ä"} 1',
    values: 'U__my_2e_hits__bytes__total{U__a_2e_b="ä"} 1',
  };
  await Promise.all(
    Object.entries(lines).map(async ([escaping, line]) => {
      const { headers, body } = await ask(port, {
        headers: { accept: `text/plain;version=1.0.0;escaping=${escaping}` },
      });
      assert.equal(headers['content-type'], `text/plain; version=1.0.0; charset=utf-8; escaping=${escaping}`);
      assert.equal(body.split('\n')[1], line);
    }),
  );
  assert.equal(collections, 1);
  const { body } = await ask(port, { path: '/metrics.json' });
  assert.equal(JSON.parse(body).families[1].name, 'my.hits_bytes_total');
});

test('pitot joins or refuses names that only escaping makes equal, as any others', async (t) => {
  const lines = warnings(t);
  const metrics = [
    counter({ name: 'a.b' }, [{ 'x.y': 1, x_y: 2 }, 1]),
    counter({ name: 'a_b' }, [{}, 2]),
    gauge({ name: 'c.d' }, [{}, 3]),
    histogram({ name: 'c_d' }, [{}, { boundaries: [], counts: [4] }]),
  ];
  const { port } = await start(t, {
    translationStrategy: 'NoTranslation',
    scopeLabels: false,
    collect: async () => ({ resourceMetrics: resourceMetrics({}, scope('s', ...metrics)), errors: [] }),
  });
  assert.equal(
    (await ask(port)).body,
    '# TYPE a_b counter\na_b{x_y="1;2"} 1\na_b 2\n# TYPE c_d gauge\nc_d 3\n',
  );
  assert.deepEqual(lines, [
    'attributes "x.y" and "x_y" of counter "a.b" of scope "s" are one label in Prometheus, x_y: their values are joined with ";"',
    'counter "a_b" of scope "s" and counter "a.b" of scope "s" are one metric in Prometheus, a_b: series with the same labels are merged. Give one of them another name.',
    'histogram "c_d" of scope "s" is not served: gauge "c.d" of scope "s" already has the Prometheus name c_d',
  ]);
  const { body } = await ask(port, { headers: { accept: 'text/plain;version=1.0.0;escaping=allow-utf-8' } });
  assert.match(body, /\{"a\.b","x\.y"="1",x_y="2"\} 1\n/);
  assert.match(body, /c_d_count 4\n$/);
});

test('pitot compresses bodies as the client prefers', async (t) => {
  const { port } = await start(t, { collect: async () => largeResult() });
  const { headers, body } = await ask(port);
  assert.equal(headers['content-encoding'], undefined);
  for (const [encoding, decompress] of [
    ['gzip', promisify(gunzip)],
    ['zstd', promisify(zstdDecompress)],
  ] as const) {
    const response = await respond({ port, headers: { 'accept-encoding': encoding } });
    assert.equal(response.headers['content-encoding'], encoding);
    const compressed = await buffer(response);
    assert.ok(compressed.length < body.length / 10);
    assert.equal((await decompress(compressed)).toString(), body);
    const head = await ask(port, { method: 'HEAD', headers: { 'accept-encoding': encoding } });
    assert.equal(head.headers['content-encoding'], encoding);
    assert.equal(head.body, '');
  }
});

test('a failed collection is reported as plain text in answer to every format', async (t) => {
  warnings(t);
  const { port } = await start(t, { collect: () => Promise.reject(new Error('no')) });
  for (const path of ['/metrics', '/metrics.json']) {
    const { status, headers, body } = await ask(port, {
      path,
      headers: { accept: PROTOBUF, 'accept-encoding': 'gzip' },
    });
    assert.equal(status, 500);
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(headers['content-encoding'], undefined);
    assert.equal(body, 'collection failed: no\n');
  }
});

test('only the requested families are served', async (t) => {
  const { port } = await start(t, { collect, scopeLabels: false });
  const namesFor = async (query: string, path = '/metrics.json') => {
    const { status, body } = await ask(port, { path: `${path}?${query}` });
    assert.equal(status, 200, query);
    return JSON.parse(body).families.map(({ name }: { name: string }) => name);
  };
  const [hits, load, wait] = ['my_hits_bytes_total', 'load', 'wait_seconds'];
  assert.deepEqual(await namesFor('name[]=load'), [load]);
  assert.deepEqual(await namesFor('name%5B%5D=load&x=y&name[]=wait_seconds'), [load, wait]);
  for (const name of [hits, 'my_hits_bytes', 'my_hits_bytes_created']) {
    assert.deepEqual(await namesFor(`name[]=${name}`), [hits], name);
  }
  for (const suffix of ['', '_bucket', '_sum', '_count', '_created']) {
    assert.deepEqual(await namesFor(`name[]=wait_seconds${suffix}`), [wait], suffix);
  }
  assert.deepEqual(await namesFor('name[]=none'), []);
  assert.deepEqual(await namesFor('name[]=&other=load'), [load, hits, wait]);
  assert.deepEqual(await namesFor('name[]=%zz&name[]=load'), [load]);
  assert.equal((await ask(port, { path: '/metrics?name[]=none' })).body, '');
  assert.equal((await ask(port, { path: '/metrics?name[]=load' })).body, '# TYPE load gauge\nload 2\n');
  const absolute = `http://127.0.0.1:${port}/metrics?name[]=load#name[]=wait_seconds`;
  assert.equal((await ask(port, { path: absolute })).body, '# TYPE load gauge\nload 2\n');
});
