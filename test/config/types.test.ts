import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../src/config/config.ts';
import type { Setting } from '../../src/config/parsers/setting.ts';
import type { SettingOptions } from '../../src/config/settings/boot-options.ts';
import type { Config, SETTINGS, SettingName } from '../../src/config/settings/table.ts';

// The compiler checks this file: each line that must not compile fails the check when it does.

const good: SettingOptions = {
  port: 9464,
  host: undefined,
  exporters: [
    'prometheus',
    'otlp',
    { module: '@vendor/exporter', export: 'MetricExporter', options: { key: 'k' } },
  ],
  resourceAttributes: { team: 'blue' },
  otlpCertificate: '/etc/authority.pem',
  webSockets: ['ws', 'socket.io'],
  webConfig: { tls_server_config: { cert: undefined }, basic_auth_users: undefined },
  views: [{ selector: { unit: undefined }, attributes: { included: undefined }, seriesLimit: undefined }],
};

const bad: SettingOptions[] = [
  // @ts-expect-error no such option
  { prot: 9464 },
  // @ts-expect-error a port is a number
  { port: '9464' },
  // @ts-expect-error no such exporter
  { exporters: ['statsd'] },
  // @ts-expect-error a module is named by its name
  { exporters: [{ package: '@vendor/exporter' }] },
  // @ts-expect-error a list, not the text of a variable
  { exporters: 'otlp' },
  // @ts-expect-error no such instrumentation
  { sources: ['htpp'] },
  // @ts-expect-error attributes are text
  { resourceAttributes: { replicas: 3 } },
  // @ts-expect-error one of the values, as the specification writes them
  { otlpProtocol: 'http' },
];

/** The options as the parsers in the table type them. */
type TableOptions = {
  readonly [K in SettingName]?:
    | ((typeof SETTINGS)[K] extends Setting<infer T, infer _> ? T : never)
    | undefined;
};

/** The compiler holds two such functions for one type only if `A` and `B` are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The options whose generated types are not those of their parsers. */
type Different =
  | { [K in SettingName]: Same<SettingOptions[K], TableOptions[K]> extends true ? never : K }[SettingName]
  | Exclude<keyof SettingOptions, SettingName>;
const noneIsDifferent: [Different] extends [never] ? true : Different = true;

function use(config: Config): void {
  const port: number | 'none' = config.port;
  const certificate: string | undefined = config.otlpCertificate;
  // @ts-expect-error not always given
  const path: string = config.otlpCertificate;
  // @ts-expect-error frozen
  config.port = 1;
  // @ts-expect-error frozen to its depth
  config.resourceAttributes.team = 'red';
  assert.ok([port, certificate, path]);
}

test('what the types of options allow is used, and what they forbid is a fault', () => {
  assert.deepEqual(readConfig(good, {}).faults, []);
  for (const options of bad) assert.equal(readConfig(options, {}).faults.length, 1, JSON.stringify(options));
});

test('each option has the type that its parser gives', () => {
  assert.ok(noneIsDifferent);
});

test('a configuration cannot be changed', () => {
  assert.throws(() => use(readConfig({}, {}).config), TypeError);
});
