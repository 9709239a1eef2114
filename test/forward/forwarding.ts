import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type DiagLogger, diag } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { readConfig } from '../../src/config/config.ts';
import type { BootOptions, Config } from '../../src/config/settings.ts';

/** The configuration of these options and an empty environment; the options must be without a fault. */
export function configOf(options: BootOptions): Config {
  const { config, faults } = readConfig(options, {});
  if (faults.length > 0) throw new Error(faults.map(({ text }) => text).join('\n'));
  return config;
}

/** Exports one counter, `jobs`, of the value 3, and ends the exporter. Rejects when the export fails. */
export async function exportOneCounter(exporter: PushMetricExporter): Promise<void> {
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 31 - 1 });
  new MeterProvider({ readers: [reader] }).getMeter('test').createCounter('jobs').add(3, { queue: 'mail' });
  const { resourceMetrics } = await reader.collect();
  await new Promise<void>((resolve, reject) => {
    exporter.export(resourceMetrics, ({ code, error }) => {
      if (code === ExportResultCode.SUCCESS) resolve();
      else reject(error ?? new Error('the export failed'));
    });
  });
  await exporter.shutdown();
}

/** What is logged as an error until the test ends. */
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
  return `${import.meta.dirname}/certificates/${name}`;
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

export const MUTUAL_TLS: BootOptions = {
  otlpCertificate: certificate('authority.pem'),
  otlpClientKey: certificate('client.key'),
  otlpClientCertificate: certificate('client.pem'),
};
