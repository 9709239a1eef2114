import type { SettingName } from '../settings/table.ts';
import { Findings, mapped } from './findings.ts';
import { readReaders } from './readers.ts';
import { Section } from './section.ts';
import { readViews } from './views.ts';

/** Sections that say nothing of metrics: they are for whatever else reads the file. */
const OTHER_SIGNALS = ['tracer_provider', 'logger_provider', 'propagator'];

/** Detectors of resource attributes whose work pitot always does. */
const DETECTORS = ['host', 'process', 'service'];

/** By the beginnings of the schema's severities, which may end in a number. */
const LOG_LEVELS: Readonly<Record<string, string>> = {
  trace: 'VERBOSE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'ERROR',
};

/** The inputs of {@link readModel} besides the file. */
export interface Surroundings {
  /** Settings that a file can give under `distribution.pitot`: those for which the schema has no place. */
  readonly own: Readonly<Record<string, SettingName>>;
  /** The service name that the detector finds in the environment (resource/sdk.md, "service"). */
  readonly detectedService: string | undefined;
}

/** Translates a configuration file to pitot's settings. */
export function readModel(model: unknown, { own, detectedService }: Surroundings): Findings {
  const findings = new Findings();
  const root = new Section(model);
  root.section('file_format').dismiss();
  const disabled = root.take('disabled');
  findings.set('disabled', hasProvider(root) ? disabled : { path: 'meter_provider', value: true });
  findings.set(
    'logLevel',
    mapped(root.take('log_level'), (level) => LOG_LEVELS[String(level).replace(/\d/g, '')] ?? level),
  );
  // The specification exempts attributes of metrics and of resources from limits (common/README.md).
  root.section('attribute_limits').dismiss();
  for (const signal of OTHER_SIGNALS) root.section(signal).dismiss();
  readResource(root.section('resource'), detectedService, findings);
  readMeterProvider(root, findings);
  readKnownMethods(root.section('instrumentation/development'), findings);
  readDistribution(root.section('distribution'), own, findings);
  for (const path of root.unread()) findings.leaveOut(path);
  return findings;
}

/** Without one there is nothing that measures (configuration/sdk.md, "Create"). */
function hasProvider(root: Section): boolean {
  return root.keys.includes('meter_provider');
}

function readMeterProvider(root: Section, findings: Findings): void {
  if (!hasProvider(root)) return;
  const provider = root.section('meter_provider');
  findings.set('exemplarFilter', provider.take('exemplar_filter'));
  readReaders(provider, findings);
  readViews(provider, findings);
}

function readResource(resource: Section, detectedService: string | undefined, findings: Findings): void {
  findings.add('resourceAttributes', mapped(resource.take('attributes'), attributesOf));
  findings.add('resourceAttributes', resource.take('attributes_list'), 'text');
  for (const detector of resource.section('detection/development').sections('detectors')) {
    for (const name of detector.keys) {
      if (!DETECTORS.includes(name)) findings.leaveOut(detector.pathOf(name));
      else if (name === 'service' && detectedService !== undefined) {
        const value = { 'service.name': detectedService };
        findings.add('resourceAttributes', { path: detector.pathOf(name), value });
      }
    }
  }
}

/** Attributes of the resource are text: of other values, that which stands for them in JSON. */
function attributesOf(entries: unknown): unknown {
  if (!Array.isArray(entries)) return entries;
  const given = entries as readonly { readonly name: string; readonly value: unknown }[];
  return Object.fromEntries(
    given
      .filter(({ value }) => value !== null)
      .map(({ name, value }) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function readKnownMethods(instrumentation: Section, findings: Findings): void {
  const http = instrumentation.section('general').section('http');
  for (const side of ['server', 'client']) {
    findings.set('httpKnownMethods', http.section(side).take('known_methods'));
  }
}

/** Parts of other distributions are theirs. */
function readDistribution(distribution: Section, own: Surroundings['own'], findings: Findings): void {
  for (const name of distribution.keys.filter((key) => key !== 'pitot')) distribution.section(name).dismiss();
  const pitot = distribution.section('pitot');
  for (const key of pitot.keys) {
    const setting = own[key];
    if (setting !== undefined) findings.set(setting, pitot.take(key));
  }
}
