import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { DiagLogger } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { diag } from '../../../../src/base/diag.ts';
import { readConfig } from '../../../../src/config/config.ts';
import type { SettingOptions } from '../../../../src/config/settings/boot-options.ts';
import type { Config } from '../../../../src/config/settings/table.ts';
import type { Forwarder } from '../../../../src/hub/forward/forwarder.ts';

/** The configuration of these options and an empty environment; the options must be without a fault. */
export function configOf(options: SettingOptions): Config {
  const { config, faults } = readConfig(options, {});
  if (faults.length > 0) throw new Error(faults.map(({ text }) => text).join('\n'));
  return config;
}

/** Sends one counter, `jobs`, of the value 3, once, and closes the forwarder. Rejects when it is not accepted. */
export async function exportOneCounter(forwarder: Forwarder): Promise<void> {
  const reader = new TestReader({ aggregationTemporalitySelector: forwarder.selectTemporality });
  new MeterProvider({ readers: [reader] }).getMeter('test').createCounter('jobs').add(3, { queue: 'mail' });
  const { resourceMetrics } = await reader.collect();
  const answer = await forwarder.attempt(await forwarder.encode(resourceMetrics), 10_000);
  forwarder.close?.();
  if (answer.outcome !== 'accepted') throw new Error(answer.reason);
}

/** Collects when it is asked to. */
class TestReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** The errors that are logged until the test ends. */
export function collectErrors(t: TestContext): readonly string[] {
  const errors: string[] = [];
  const ignore = () => {};
  const logger: DiagLogger = {
    error: (message) => errors.push(message),
    warn: ignore,
    info: ignore,
    debug: ignore,
    verbose: ignore,
  };
  diag.setLogger(logger);
  t.after(() => diag.disable());
  return errors;
}

export function certificate(name: string): string {
  return `${import.meta.dirname}/../certificates/${name}`;
}

/** For a server that only talks to those who have the client certificate. */
export function receiverTls() {
  return {
    key: readFileSync(certificate('receiver.key')),
    cert: readFileSync(certificate('receiver.pem')),
    ca: readFileSync(certificate('authority.pem')),
    requestCert: true,
    rejectUnauthorized: true,
  };
}

export const MUTUAL_TLS: SettingOptions = {
  otlpCertificate: certificate('authority.pem'),
  otlpClientKey: certificate('client.key'),
  otlpClientCertificate: certificate('client.pem'),
};
