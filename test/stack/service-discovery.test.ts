import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { skipWithout } from '../harness/programs.ts';
import { startService } from '../harness/service.ts';
import { promtool } from '../prometheus-rules/helpers/promtool.ts';
import { PROMETHEUS_FOLDER } from '../prometheus-rules/helpers/rule-files.ts';

const SKIP = skipWithout('promtool');

/** Settings of a scrape that Prometheus keeps as labels of the target. */
const SETTINGS =
  /^__(scrape_(interval|timeout)|(scrape_native|always_scrape_classic|convert_classic)_histograms.*)__$/;

type Labels = Readonly<Record<string, string>>;

interface ScrapeConfig {
  readonly job_name: string;
  readonly file_sd_configs?: readonly { readonly files: readonly string[] }[];
  readonly kubernetes_sd_configs?: unknown;
  readonly static_configs?: unknown;
}

/** A job of a configuration as delivered. */
function jobOf(file: string, job: string): ScrapeConfig {
  const config = parse(readFileSync(join(PROMETHEUS_FOLDER, file), 'utf8'));
  const jobs: readonly ScrapeConfig[] = config.scrape_configs;
  const found = jobs.find(({ job_name }) => job_name === job);
  assert.ok(found, `${file} has no job ${job}`);
  return found;
}

/**
 * The targets that Prometheus makes of what a job discovers, by address.
 *
 * @param count how much is there to be discovered, scraped or not
 */
function targetsOf(job: ScrapeConfig, count: number): Labels[] {
  const folder = mkdtempSync(join(tmpdir(), 'pitot-discovery-'));
  try {
    const file = join(folder, 'prometheus.json');
    writeFileSync(file, JSON.stringify({ scrape_configs: [job] }));
    // promtool waits for as long as it is told, and has found less than everything on a busy machine. What is
    // not scraped is among what it finds, without labels.
    for (const timeout of [300, 1000, 5000, 20_000]) {
      const found: { labels: Labels }[] = JSON.parse(
        promtool('today', 'check', 'service-discovery', `--timeout=${timeout}ms`, file, job.job_name) || '[]',
      );
      if (found.length < count) continue;
      return found
        .map(({ labels }) => labels)
        .filter(({ __address__ }) => __address__ !== undefined)
        .sort((a, b) => ((a.__address__ ?? '') < (b.__address__ ?? '') ? -1 : 1));
    }
    assert.fail(`promtool found less than ${count} targets of ${job.job_name}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('file-sd.yml finds every process that has a port of its own, by the files that it writes', {
  skip: SKIP,
}, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-targets-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const start = () =>
    startService(t, {
      args: ['--eval', 'setInterval(() => {}, 1000)'],
      env: {
        OTEL_SERVICE_NAME: 'workflow-service',
        PITOT_PROCESSES: 'separate',
        PITOT_TARGETS_DIRECTORY: directory,
      },
    });
  const services = [await start(), await start()];
  const endpoints = await Promise.all(services.map(async ({ endpoint }) => (await endpoint()).host));
  const job = jobOf('file-sd.yml', 'workflow-service');
  const file_sd_configs = job.file_sd_configs?.map(({ files, ...rest }) => ({
    ...rest,
    files: files.map((file) => file.replace('/run/workflow-service', directory)),
  }));
  const targets = targetsOf({ ...job, ...(file_sd_configs && { file_sd_configs }) }, services.length);
  assert.deepEqual(
    targets.map(({ __address__ }) => __address__),
    endpoints.toSorted(),
  );
  for (const { job, service_name, process_pid } of targets) {
    assert.deepEqual([job, service_name], ['workflow-service', 'workflow-service']);
    assert.ok(
      services.some(({ pid }) => String(pid) === process_pid),
      process_pid,
    );
  }
});

/** The targets that a job of kubernetes.yml makes of pods, given by what Kubernetes' discovery tells of them. */
function targetsOfPods(job: string, ...pods: readonly Labels[]): Labels[] {
  const { kubernetes_sd_configs, ...rest } = jobOf('kubernetes.yml', job);
  assert.deepEqual(kubernetes_sd_configs, [{ role: 'pod' }]);
  const static_configs = pods.map(({ address, ...pod }) => ({
    targets: [address],
    labels: Object.fromEntries(
      Object.entries(pod).map(([name, value]) => [`__meta_kubernetes_${name}`, value]),
    ),
  }));
  return targetsOf({ ...rest, static_configs }, pods.length);
}

test('promtool accepts kubernetes.yml', { skip: SKIP }, () => {
  // Debian's promtool cannot: it is built without Kubernetes' discovery.
  promtool('today', 'check', 'config', '--lint=all', '--lint-fatal', 'kubernetes.yml');
});

// No cluster is here, so that promtool is given the labels that Kubernetes' discovery would make.
describe('of what Kubernetes tells, kubernetes.yml scrapes', { skip: SKIP }, () => {
  const pod = {
    address: '10.0.0.7:8080',
    pod_ip: '10.0.0.7',
    pod_phase: 'Running',
    pod_name: 'shop-5f7-x2x',
    pod_node_name: 'node-1',
    namespace: 'prod',
    pod_label_app_kubernetes_io_name: 'shop',
    pod_annotation_prometheus_io_scrape: 'true',
    pod_annotation_prometheus_io_port: '9464',
  };

  test('pods with the annotations, under the name of their application', () => {
    const targets = targetsOfPods(
      'annotated-pods',
      pod,
      { ...pod, address: '10.0.0.8:8080', pod_ip: '10.0.0.8', pod_annotation_prometheus_io_scrape: 'false' },
      { ...pod, address: '10.0.0.9:8080', pod_ip: '10.0.0.9', pod_phase: 'Succeeded' },
      {
        ...pod,
        address: '[fd00::1]:8080',
        pod_ip: 'fd00::1',
        pod_annotation_prometheus_io_scheme: 'https',
        pod_annotation_prometheus_io_path: '/internal/metrics',
      },
    );
    const shared = { job: 'shop', namespace: 'prod', node: 'node-1', pod: 'shop-5f7-x2x' };
    assert.deepEqual(
      targets.map(({ instance, ...labels }) =>
        Object.fromEntries(Object.entries(labels).filter(([name]) => !SETTINGS.test(name))),
      ),
      [
        { ...shared, __address__: '10.0.0.7:9464', __scheme__: 'http', __metrics_path__: '/metrics' },
        {
          ...shared,
          __address__: '[fd00::1]:9464',
          __scheme__: 'https',
          __metrics_path__: '/internal/metrics',
        },
      ],
    );
  });

  test("a Collector's port for what services forward, and another for itself", () => {
    const collector = { ...pod, pod_label_app_kubernetes_io_name: 'otel-collector' };
    const ports = ['4318', '8888', '8889'].map((port) => ({
      ...collector,
      address: `10.0.0.7:${port}`,
      pod_container_port_number: port,
    }));
    const addresses = (job: string) =>
      targetsOfPods(job, pod, ...ports).map(({ __address__ }) => __address__);
    assert.deepEqual(addresses('through-otel-collector'), ['10.0.0.7:8889']);
    assert.deepEqual(addresses('otel-collector'), ['10.0.0.7:8888']);
  });
});
