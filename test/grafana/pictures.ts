/**
 * Draws each dashboard for docs/dashboards.md: `npm run pictures`. It takes five minutes, in which a Prometheus scrapes
 * examples that have traffic. The pictures follow the dashboards' JSON, but Grafana does not draw them.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import sharp from 'sharp';
import { startCollector } from '../harness/collector.ts';
import { freePort } from '../harness/free-port.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import { startPostgres } from '../harness/postgres.ts';
import { startPrometheus } from '../harness/prometheus.ts';
import { startRedis } from '../harness/redis.ts';
import { REPOSITORY, startService } from '../harness/service.ts';
import { startBrowser } from '../hub/page/helpers/browser.ts';
import { askPrometheus } from './helpers/answers.ts';
import { readDashboards } from './helpers/dashboard-files.ts';
import { pictureOf, WIDTH } from './helpers/picture.ts';
import { PICTURED_JOBS } from './helpers/pictured.ts';

const FOLDER = join(REPOSITORY, 'docs/images/dashboards');
/** All in seconds. Before the range, rates need as long as they look back. */
const RANGE = { length: 180, step: 3, rateInterval: 60 };
const SCRAPE_INTERVAL = 3;

const ends: (() => void | Promise<void>)[] = [];
const lifetime: Lifetime = { after: (end) => void ends.push(end) };
try {
  await mkdir(FOLDER, { recursive: true });
  const collector = await startCollector(lifetime);
  const [postgres, redis] = await Promise.all([startPostgres(lifetime), startRedis(lifetime)]);
  const start = async (
    job: string,
    env: Readonly<Record<string, string>>,
    main = `examples/${job}/main.ts`,
  ) => {
    const { endpoint } = await startService(lifetime, {
      args: [main],
      env: {
        PORT: '0',
        OTEL_SERVICE_NAME: job,
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.otlpHttp}`,
        OTEL_METRIC_EXPORT_INTERVAL: '5000',
        ...env,
      },
    });
    return scraped(job, (await endpoint()).host);
  };
  const scrapeConfigs = await Promise.all([
    start('workflow-service', { TRAFFIC: '60' }),
    start('llm-gateway', { TRAFFIC: '20000' }),
    start('admin', {
      TRAFFIC: '500',
      PROCESSES: '2',
      // Processes meet at the port that they share.
      OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
      DATABASE_URL: `postgres://postgres@127.0.0.1:${postgres.port}/postgres`,
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    }),
    // It has the queues, jobs and caches that no example has.
    start(
      'every-domain',
      { OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()) },
      'test/stack/fixtures/every-domain.mjs',
    ),
    scraped('otel-collector', collector.telemetry),
  ]);
  const { url } = await startPrometheus(lifetime, { scrapeConfigs, scrapeInterval: `${SCRAPE_INTERVAL}s` });
  const browser = await startBrowser(lifetime);
  await pause((RANGE.length + RANGE.rateInterval) * 1000);

  const end = Date.now() / 1000;
  for (const { dashboard } of readDashboards()) {
    const job = PICTURED_JOBS[dashboard.uid];
    if (job === undefined) throw new Error(`no job is named for the picture of ${dashboard.uid}`);
    const answers = await askPrometheus(url, dashboard, job, { ...RANGE, end });
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 800 } });
    await page.setContent(pictureOf(dashboard, answers));
    const picture = sharp(await page.screenshot({ fullPage: true }));
    // With 128 colours the files are a third as large, and look the same.
    await picture
      .png({ palette: true, colours: 128, effort: 10 })
      .toFile(join(FOLDER, `${dashboard.uid}.png`));
    await page.close();
  }
} finally {
  for (const end of ends.reverse()) await end();
}

function scraped(job: string, target: string) {
  return { job_name: job, static_configs: [{ targets: [target] }] };
}
