import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import {
  type Collector,
  configurationArguments,
  type Overlay,
  startCollector,
} from '../harness/collector.ts';
import { parseExposition } from '../harness/exposition.ts';
import { program, skipWithout } from '../harness/programs.ts';
import { value } from '../harness/samples.ts';

/** All but tls.yaml, which needs a certificate and is tested with the gateways. */
const CONFIGURATIONS: readonly (Overlay | undefined)[] = [undefined, 'remote-write', 'otlp', 'gateway'];

/** Gates of this release's components that reject deprecated options. Each becomes the default in a later release. */
const GATES_TO_COME = [
  'exporter.prometheus.DisableResourceToTelemetryConversion',
  'exporter.prometheusremotewrite.DisableResourceToTelemetryConversion',
  'exporter.prometheusremotewritexporter.removeTopLevelHTTPSettings',
  'extension.healthcheck.useComponentStatus',
];

describe('the configurations of the Collector', { skip: skipWithout('pitot-collector') }, () => {
  for (const overlay of CONFIGURATIONS) {
    const files = overlay === undefined ? 'config.yaml' : `config.yaml with ${overlay}.yaml`;

    test(`${files} is valid with every setting as it is unless set`, () => {
      const args = ['validate', ...configurationArguments(overlay)];
      const { status, stdout, stderr } = spawnSync(program('pitot-collector'), args, {
        env: {},
        encoding: 'utf8',
      });
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
    });

    test(`${files} starts without a warning, is healthy, serves its own metrics, and ends on request`, async (t) => {
      const collector = await startCollector(t, overlay === undefined ? {} : { overlay });
      assert.equal((await fetch(`http://${collector.health}/health`)).status, 200);
      const own = parseExposition(await (await fetch(`http://${collector.telemetry}/metrics`)).text());
      assert.ok(value(own.samples, 'otelcol_process_uptime') > 0);
      await collector.stop();
      assert.deepEqual(complaints(collector), []);
    });

    test(`${files} starts and is healthy by the rules of later releases`, async (t) => {
      const gates = GATES_TO_COME;
      const collector = await startCollector(t, { gates, ...(overlay !== undefined && { overlay }) });
      assert.equal((await fetch(`http://${collector.health}/health`)).status, 200);
    });
  }
});

/** The Collector's log lines that are warnings or worse, or name something deprecated. */
function complaints({ log }: Collector): string[] {
  return log
    .split('\n')
    .filter((line) => /^\S+\t(?!debug\t|info\t)/.test(line) || /deprecat|alias/i.test(line));
}
