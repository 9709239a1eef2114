import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { type Collector, startCollector } from '../harness/collector.ts';
import { type Exposition, parseExposition } from '../harness/exposition.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { sendCounter } from '../harness/otlp-counter.ts';
import { skipWithout } from '../harness/programs.ts';
import { select } from '../harness/samples.ts';
import { until } from '../harness/until.ts';
import { createAuthority } from '../hub/http/helpers/certificates.ts';

const SERVICES = ['orders', 'search', 'mail', 'payments', 'prices', 'auth'];

describe('an agent and two gateways', { skip: skipWithout('pitot-collector') }, () => {
  const lifetime = lifetimeOfSuite();
  const gateways: Collector[] = [];
  let agent: Collector;

  before(async () => {
    gateways.push(await startCollector(lifetime), await startCollector(lifetime));
    const [first, second] = gateways;
    agent = await startCollector(lifetime, {
      overlay: 'gateway',
      env: {
        GATEWAY_0: String(first?.otlpGrpc),
        GATEWAY_1: String(second?.otlpGrpc),
        GATEWAY_INSECURE: 'true',
      },
    });
  });

  /** The values of `things_total` that each gateway shows, by service. */
  async function shown(): Promise<Record<string, number>[]> {
    return Promise.all(
      gateways.map(async ({ exporter }) => {
        const { samples } = await scrape(exporter);
        return Object.fromEntries(
          select(samples, 'things_total').map(({ labels, value }) => [labels.job ?? '', value]),
        );
      }),
    );
  }

  async function untilShown(expected: readonly Record<string, number>[]): Promise<void> {
    let last: readonly Record<string, number>[] = [];
    await until(
      async () => {
        last = await shown();
        return JSON.stringify(sorted(last)) === JSON.stringify(sorted(expected)) ? last : undefined;
      },
      {
        what: `what the gateways should show: ${JSON.stringify(expected)}`,
        instead: () => JSON.stringify(last),
        timeout: 60_000,
      },
    );
  }

  /** The gateways' series once each of these services has this value. */
  function split(services: readonly string[], value: number): Record<string, number>[] {
    return gateways.map((_, i) =>
      Object.fromEntries(services.filter((name) => gatewayOf(name) === i).map((name) => [name, value])),
    );
  }

  test('a service is at one gateway, by its name, however often it sends', async () => {
    for (let value = 1; value <= 3; value++) {
      for (const service of SERVICES) await sendCounter(agent.otlpHttp, { service, value });
    }
    const expected = split(SERVICES, 3);
    assert.deepEqual(
      expected.map((services) => Object.keys(services).length),
      [3, 3],
    );
    await untilShown(expected);
  });

  test('what waits for a gateway that is away survives the end of the agent', async () => {
    const [, second] = gateways;
    await second?.kill();
    for (const service of SERVICES) await sendCounter(agent.otlpHttp, { service, value: 4 });
    const waiting = (samples: Exposition['samples']) =>
      select(samples, 'otelcol_exporter_queue_size').some(
        ({ labels, value }) => labels.exporter === 'otlp_grpc/gateway-1' && value > 0,
      );
    await until(async () => (waiting((await scrape(agent.telemetry)).samples) ? true : undefined), {
      what: 'a request that waits for the second gateway',
    });
    await agent.kill();
    await second?.start();
    await agent.start();
    await untilShown(split(SERVICES, 4));
  });

  test('what has no name is at the last gateway, and nowhere else', async () => {
    await sendCounter(agent.otlpHttp, { value: 1 });
    await until(
      async () => {
        const [first, second] = await shown();
        assert.equal(first?.[''], undefined);
        return second?.[''];
      },
      { what: 'the service without a name' },
    );
  });
});

describe('an agent and a gateway with TLS', { skip: skipWithout('pitot-collector', 'openssl') }, () => {
  test('the gateway takes what comes by TLS, and nothing else', async (t) => {
    const authority = createAuthority(t);
    const { cert, key } = authority.issue('gateway');
    const gateway = await startCollector(t, {
      overlay: 'tls',
      env: { TLS_CERT_FILE: cert, TLS_KEY_FILE: key },
    });
    const agent = await startCollector(t, {
      overlay: 'gateway',
      env: {
        GATEWAY_0: gateway.otlpGrpc,
        GATEWAY_1: gateway.otlpGrpc,
        GATEWAY_CA_FILE: authority.cert,
      },
    });
    await sendCounter(agent.otlpHttp, { service: 'orders', value: 7 });
    await until(
      async () => {
        const { samples } = await scrape(gateway.exporter);
        return select(samples, 'things_total', { job: 'orders' }).find(({ value }) => value === 7);
      },
      { what: 'what the agent sent', timeout: 30_000 },
    );
    await assert.rejects(sendCounter(gateway.otlpHttp, { service: 'orders', value: 8 }));
  });
});

/** As the table in gateway.yaml has it. */
function gatewayOf(service: string): number {
  return /^[0-7]/.test(createHash('sha256').update(service).digest('hex')) ? 0 : 1;
}

async function scrape(address: string): Promise<Exposition> {
  return parseExposition(await (await fetch(`http://${address}/metrics`)).text());
}

function sorted(maps: readonly Record<string, number>[]): [string, number][][] {
  return maps.map((map) => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
