import type { Config } from '../settings/table.ts';
import { type Findings, mapped } from './findings.ts';
import type { Entry, Section } from './section.ts';

type ExporterName = Extract<Config['exporters'][number], string>;

/** How a kind of exporter is read. */
type ReadExporter = (exporter: Section, findings: Findings) => void;

/** By their keys in the file. */
const PUSHED: Readonly<Record<string, readonly [name: ExporterName, read: ReadExporter]>> = {
  otlp_http: ['otlp', readOtlpHttp],
  otlp_grpc: ['otlp', readOtlpGrpc],
  console: ['console', readConsole],
};
const PULLED: typeof PUSHED = {
  'prometheus/development': ['prometheus', readPrometheus],
};

const STRATEGIES: Readonly<Record<string, Config['translationStrategy']>> = {
  underscore_escaping_with_suffixes: 'UnderscoreEscapingWithSuffixes',
  'underscore_escaping_without_suffixes/development': 'UnderscoreEscapingWithoutSuffixes',
  'no_utf8_escaping_with_suffixes/development': 'NoUTF8EscapingWithSuffixes',
  'no_translation/development': 'NoTranslation',
};

/** The readers as pitot has them: one endpoint, one receiver of OTLP, one console. */
export function readReaders(provider: Section, findings: Findings): void {
  const exporters: ExporterName[] = [];
  for (const reader of provider.sections('readers')) {
    for (const [kind, known] of [
      ['pull', PULLED],
      ['periodic', PUSHED],
    ] as const) {
      if (!reader.keys.includes(kind)) continue;
      const body = reader.section(kind);
      const exporter = body.section('exporter');
      const name = readExporter(exporter, known, exporters, findings);
      if (name === undefined) {
        body.dismiss();
        continue;
      }
      exporters.push(name);
      if (kind === 'periodic') {
        findings.set('exportInterval', body.take('interval'));
        findings.set('exportTimeout', body.take('timeout'));
      }
      findings.set('seriesLimit', body.section('cardinality_limits').take('default'));
    }
  }
  const value = exporters.length === 0 ? ['none'] : exporters;
  findings.set('exporters', { path: provider.pathOf('readers'), value });
}

function readExporter(
  exporter: Section,
  known: typeof PUSHED,
  already: readonly ExporterName[],
  findings: Findings,
): ExporterName | undefined {
  for (const key of exporter.keys) {
    const [name, read] = known[key] ?? [];
    if (name === undefined || read === undefined) {
      findings.leaveOut(exporter.pathOf(key));
    } else if (already.includes(name)) {
      findings.leaveOut(exporter.pathOf(key), `pitot has one exporter of the kind ${name}`);
    } else {
      read(exporter.section(key), findings);
      return name;
    }
  }
  return undefined;
}

function readPrometheus(exporter: Section, findings: Findings): void {
  findings.set('host', exporter.take('host'));
  findings.set('port', exporter.take('port'));
  findings.set('scopeLabels', exporter.take('scope_info_enabled'));
  const strategy = exporter.take('translation_strategy');
  findings.set(
    'translationStrategy',
    mapped(strategy, (value) => STRATEGIES[String(value)] ?? value),
  );
  const target = exporter.take('target_info_enabled/development');
  if (target?.value === false) findings.leaveOut(target.path, 'target_info is always there');
}

function readOtlpHttp(exporter: Section, findings: Findings): void {
  const encoding = exporter.take('encoding');
  const protocol = `http/${String(encoding?.value ?? 'protobuf')}`;
  findings.set('otlpProtocol', { path: encoding?.path ?? exporter.path, value: protocol });
  readOtlp(exporter, findings);
}

function readOtlpGrpc(exporter: Section, findings: Findings): void {
  findings.set('otlpProtocol', { path: exporter.path, value: 'grpc' });
  findings.set('otlpInsecure', readOtlp(exporter, findings).take('insecure'));
}

/** @returns the section about TLS */
function readOtlp(exporter: Section, findings: Findings): Section {
  findings.set('otlpEndpoint', exporter.take('endpoint'));
  findings.add('otlpHeaders', mapped(exporter.take('headers'), pairsOf));
  findings.add('otlpHeaders', exporter.take('headers_list'), 'text');
  findings.set('otlpCompression', exporter.take('compression'));
  findings.set('otlpTimeout', exporter.take('timeout'));
  const temporality = exporter.take('temporality_preference');
  findings.set(
    'temporality',
    mapped(temporality, (value) => String(value).replaceAll('_', '')),
  );
  findings.set('histogramAggregation', exporter.take('default_histogram_aggregation'));
  const tls = exporter.section('tls');
  findings.set('otlpCertificate', tls.take('ca_file'));
  findings.set('otlpClientKey', tls.take('key_file'));
  findings.set('otlpClientCertificate', tls.take('cert_file'));
  return tls;
}

function readConsole(exporter: Section, findings: Findings): void {
  const temporality = exporter.take('temporality_preference');
  if (temporality !== undefined && temporality.value !== 'cumulative') {
    findings.leaveOut(temporality.path, 'totals are printed');
  }
  const aggregation = exporter.take('default_histogram_aggregation');
  if (aggregation !== undefined && aggregation.value !== 'explicit_bucket_histogram') {
    findings.leaveOut(aggregation.path, 'an OTLP exporter can ask for it');
  }
}

/** `{ name, value }` entries as one object; one whose value is null is left out. */
function pairsOf(entries: unknown): unknown {
  if (!Array.isArray(entries)) return entries;
  const given = entries as readonly Readonly<{ name: string; value: Entry['value'] }>[];
  return Object.fromEntries(
    given.filter(({ value }) => value !== null).map(({ name, value }) => [name, value]),
  );
}
