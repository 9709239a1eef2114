/**
 * The versions of the programs around a service. `versions.json` is the one place where they are decided; the
 * builder, the harness and the tests read it. Images, the Collector's manifest and the documents have to spell
 * them out: PLACES lists where.
 *
 *   npm run stack:versions             says which versions have a newer one
 *   npm run stack:versions -- --write  puts those of versions.json into all the places
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '../..');

export const VERSIONS: Readonly<Record<Name, string>> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'versions.json'), 'utf8'),
);

type Name =
  | 'prometheus'
  | 'alertmanager'
  | 'collector'
  | 'collectorStable'
  | 'collectorContrib'
  | 'grafana'
  | 'kustomize'
  | 'kubernetes';

/** Prometheus 3.16.0 is the Go module v0.316.0: its major version is not one that Go modules could have. */
export function prometheusModuleVersion(version: string): string {
  const [major, minor, patch] = version.split('.').map(Number);
  return `v0.${Number(major) * 100 + Number(minor)}.${patch}`;
}

/** A file and the text that stands in front of a version there. Every occurrence counts. */
interface Place {
  readonly file: string;
  readonly before: RegExp;
  readonly name: Name;
}

const CONTRIB = 'github\\.com/open-telemetry/opentelemetry-collector-contrib/';

export const PLACES: readonly Place[] = [
  { file: 'deploy/compose.yaml', before: /image: prom\/prometheus:v/, name: 'prometheus' },
  { file: 'deploy/compose.yaml', before: /image: prom\/alertmanager:v/, name: 'alertmanager' },
  { file: 'deploy/compose.yaml', before: /image: grafana\/grafana:/, name: 'grafana' },
  ...['deploy/compose.yaml', 'deploy/kubernetes/base/otel-collector.yaml'].map((file): Place => {
    return { file, before: /image: otel\/opentelemetry-collector-contrib:/, name: 'collectorContrib' };
  }),
  { file: 'otel-collector/builder.yaml', before: /collector\/cmd\/builder@v/, name: 'collector' },
  {
    file: 'otel-collector/builder.yaml',
    before: /go\.opentelemetry\.io\/collector\/(?:receiver|processor|exporter)\/\w+ v/,
    name: 'collector',
  },
  {
    file: 'otel-collector/builder.yaml',
    before: /go\.opentelemetry\.io\/collector\/confmap\/provider\/\w+ v/,
    name: 'collectorStable',
  },
  {
    file: 'otel-collector/builder.yaml',
    before: new RegExp(`${CONTRIB}(?:exporter|extension)/[\\w/]+ v`),
    name: 'collectorContrib',
  },
  { file: 'docs/collector.md', before: /otelcol-contrib` /, name: 'collectorContrib' },
  { file: 'docs/collector.md', before: /tested with Prometheus /, name: 'prometheus' },
  { file: 'docs/alerts.md', before: /tested with Prometheus /, name: 'prometheus' },
  { file: 'docs/alerts.md', before: /and Alertmanager /, name: 'alertmanager' },
  { file: 'test/stack/manifests/go.mod', before: /k8s\.io\/client-go v/, name: 'kubernetes' },
];

/** The file's text with the versions of VERSIONS in its places. Throws where a place is not in the file. */
export function withVersions(file: string): string {
  return PLACES.filter((place) => place.file === file).reduce(
    (text, { before, name }) => {
      const pattern = new RegExp(`(${before.source})\\d+\\.\\d+\\.\\d+`, 'g');
      if (!pattern.test(text)) throw new Error(`${file} has no version after ${before}`);
      return text.replaceAll(pattern, `$1${VERSIONS[name]}`);
    },
    readFileSync(join(REPOSITORY, file), 'utf8'),
  );
}

/** Where each program's releases are listed: the module proxy, or npm for the package that Grafana releases with it. */
const RELEASES: Readonly<Record<Name, { readonly module: string } | { readonly npm: string }>> = {
  prometheus: { module: 'github.com/prometheus/prometheus' },
  alertmanager: { module: 'github.com/prometheus/alertmanager' },
  collector: { module: 'go.opentelemetry.io/collector/exporter/otlpexporter' },
  collectorStable: { module: 'go.opentelemetry.io/collector/confmap/provider/envprovider' },
  collectorContrib: {
    module: 'github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusexporter',
  },
  grafana: { npm: '@grafana/schema' },
  kustomize: { module: 'sigs.k8s.io/kustomize/kustomize/v5' },
  kubernetes: { module: 'k8s.io/client-go' },
};

/** The newest release that is not a pre-release. */
function newest(name: Name): string {
  const releases = RELEASES[name];
  if ('npm' in releases) return output('npm', ['view', releases.npm, 'version']);
  const versions = output('go', ['list', '-m', '-versions', releases.module]).split(' ').slice(1);
  const latest = versions.filter((version) => !version.includes('-')).at(-1) ?? '';
  const [, major = '', minor = 0, patch = ''] = /^v(\d+)\.(\d+)\.(\d+)/.exec(latest) ?? [];
  if (name !== 'prometheus') return `${major}.${minor}.${patch}`;
  return `${Math.floor(Number(minor) / 100)}.${Number(minor) % 100}.${patch}`;
}

function output(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' }).trim();
}

if (import.meta.main) {
  if (process.argv.includes('--write')) {
    for (const file of new Set(PLACES.map((place) => place.file)))
      writeFileSync(join(REPOSITORY, file), withVersions(file));
  } else {
    for (const name of Object.keys(RELEASES) as Name[]) {
      const [ours, theirs] = [VERSIONS[name], newest(name)];
      console.log(
        `${name}: ${ours === theirs ? `${ours} is the newest` : `${ours}, and there is ${theirs}`}`,
      );
    }
  }
}
