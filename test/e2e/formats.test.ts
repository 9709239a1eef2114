import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { runTraffic } from '../../examples/workflow-service/traffic.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { startService } from '../harness/service.ts';
import { violations } from '../hub/expose/helpers/json-schema.ts';
import { decode } from '../hub/expose/helpers/protobuf-decoding.ts';
import { referenceParse, skipWithoutReferenceParser } from '../hub/expose/helpers/reference-parser.ts';
import { parseOpenMetrics } from '../hub/expose/helpers/strict-openmetrics.ts';
import { parse } from '../hub/expose/helpers/strict-parser.ts';

const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

describe('the example, after some traffic, in every format', () => {
  const lifetime = lifetimeOfSuite();
  let endpoint: URL;

  before(async () => {
    const token = 'a token';
    const service = await startService(lifetime, {
      args: ['examples/workflow-service/main.ts'],
      // All formats are of one snapshot.
      env: { PORT: '0', TRAFFIC: 'off', ADMIN_TOKEN: token, PITOT_SCRAPE_CACHE: '600000' },
    });
    const [, url = ''] = await service.line(/^workflow-service listening on (.*)$/);
    await (await runTraffic({ url, token, rounds: 2 })).close();
    endpoint = await service.endpoint();
  });

  async function scrape(accept: string): Promise<Buffer> {
    const response = await fetch(endpoint, { headers: { accept } });
    assert.equal(response.status, 200);
    return Buffer.from(await response.arrayBuffer());
  }

  test('its OpenMetrics is accepted by the reference parser', {
    skip: skipWithoutReferenceParser(),
  }, async () => {
    const body = (await scrape('application/openmetrics-text;version=1.0.0')).toString();
    const [families = []] = referenceParse([body]);
    assert.ok(families.length > 20);
    assert.equal(families.find(({ name }) => name === 'target')?.type, 'info');
    assert.equal(
      families.find(({ name }) => name === 'http_server_request_duration_seconds')?.unit,
      'seconds',
    );
  });

  test('all formats have the same families and the same series', async () => {
    const texts = parse((await scrape('text/plain')).toString());
    const openMetrics = parseOpenMetrics((await scrape('application/openmetrics-text')).toString());
    const protobuf = decode(await scrape(PROTOBUF));
    const json = JSON.parse(await (await fetch(`${endpoint}.json`)).text());
    const schema = JSON.parse(
      readFileSync(new URL('../../docs/metrics.schema.json', import.meta.url), 'utf8'),
    );
    assert.deepEqual(violations(json, schema), []);

    const names = texts.map(({ name }) => name).sort();
    assert.deepEqual(protobuf.map(({ name }) => name).sort(), names);
    assert.deepEqual(
      json.families.map(({ name }: { name: string }) => name),
      names,
    );
    assert.deepEqual(
      openMetrics
        .map(({ name, type }) =>
          type === 'counter' ? `${name}_total` : type === 'info' ? `${name}_info` : name,
        )
        .sort(),
      names,
    );
    for (const { type } of openMetrics) assert.notEqual(type, 'unknown');

    const key = (labels: object) => JSON.stringify(Object.entries(labels).sort());
    for (const { name, type, samples } of texts) {
      const own = samples.filter((sample) => type !== 'histogram' || sample.name === `${name}_count`);
      const expected = own.map(({ labels }) => key(labels)).sort();
      const inProtobuf = protobuf.find((family) => family.name === name)?.metrics ?? [];
      assert.deepEqual(inProtobuf.map(({ labels }) => key(labels)).sort(), expected);
      const inJson: { labels: object }[] = json.families.find(
        (family: { name: string }) => family.name === name,
      ).series;
      assert.deepEqual(inJson.map(({ labels }) => key(labels)).sort(), expected);
    }
  });
});
