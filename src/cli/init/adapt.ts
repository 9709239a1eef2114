import { isMap, isSeq, parseDocument } from 'yaml';
import type { File } from './material.ts';
import { objectName, type Part, type Wanted } from './parts.ts';

/** The name of the service in the package's files, and the port of its endpoint. */
const EXAMPLE = 'workflow-service';
const EXAMPLE_PORT = /\b9464\b/g;

/** Remarks in deploy/ about pitot's own repository. */
const OF_EXAMPLES = [/^#.*compose\.examples\.yaml.*\n/m, / pitot's own examples [^.]*\./];

/** The program that an image runs. By default package.json names it. */
const IMAGE_MAIN = /^ARG MAIN=.*$/m;

/** The start of the example, and the start of a project with a module for that. */
const DOOR = { theirs: '--import pitot/instrumentation', ours: '--import ./instrumentation.mjs' };

/** Jobs of Prometheus that scrape another part. */
const JOBS: Readonly<Record<string, Part>> = {
  'through-otel-collector': 'otel-collector',
  'otel-collector': 'otel-collector',
  alertmanager: 'alertmanager',
};

/** Files of one part that belong to another. */
const ABOUT: Readonly<Record<string, Part>> = {
  'prometheus/rules/collector.yml': 'otel-collector',
  'grafana/dashboards/pitot-otel-collector.json': 'otel-collector',
};

/** The runbooks. In the project they are beside the rules, which refer to them. */
const RUNBOOKS = { theirs: 'docs/alerts.md', ours: 'prometheus/alerts.md' };

/** pitot's other documents. A project finds them in the package. */
const DOCUMENT = /(?<![\w/])docs\/([\w-]+\.md)/g;
const PACKAGED = 'node_modules/pitot/docs';

/** Links of the runbooks to the documents beside them. */
const LINK = /\]\(([\w-]+\.md)/g;

/** The runbooks' remark on the tests of the rules, which the package does not contain. */
const RULE_TESTS =
  / Change the tests with them; they show what a change does:\n[^\n]*prometheus\/tests[^\n]*/;

/** The runbooks' text about Alertmanager: a link to its folder, and how to run it. */
const ALERTMANAGER_LINK = /\[`alertmanager`\]\(\.\.\/alertmanager\)/;
const ALERTMANAGER_SECTION = /## Being told\n.*?(?=## )/s;

/**
 * Places where the files of deploy/ mean the service itself, and not a container, a host or an object with its name:
 * its settings, its job in Prometheus, and the label from which the Prometheus operator makes the job.
 */
const SERVICE_IN_DEPLOY =
  /(OTEL_SERVICE_NAME=|name: OTEL_SERVICE_NAME, value: |job_name: |app\.kubernetes\.io\/name: )workflow-service\b/g;

/** A file of the package, adapted to the project; undefined if the project does not need it. */
export function adapt({ path, text }: File, { service, port, parts, main }: Wanted): File | undefined {
  const about = ABOUT[path];
  if (about !== undefined && !parts.includes(about)) return undefined;
  const isScraping = /^prometheus\/[^/]*\.yml$/.test(path);
  const isRunbook = path === RUNBOOKS.theirs;
  const fitting = isScraping ? withoutAbsent(text, parts) : isRunbook ? runbooks(text, parts) : text;
  const general = OF_EXAMPLES.reduce((rest, part) => rest.replace(part, ''), fitting);
  return {
    path: isRunbook ? RUNBOOKS.ours : path,
    text: general
      .replace(IMAGE_MAIN, () => `ARG MAIN=${main}`)
      .replaceAll(DOOR.theirs, parts.includes('instrumentation') ? DOOR.ours : DOOR.theirs)
      .replaceAll(RUNBOOKS.theirs, RUNBOOKS.ours)
      .replace(DOCUMENT, `${PACKAGED}/$1`)
      .replaceAll(SERVICE_IN_DEPLOY, `$1${service}`)
      .replaceAll(EXAMPLE, path.startsWith('deploy/') ? objectName(service) : service)
      .replace(EXAMPLE_PORT, String(port)),
  };
}

/** The runbooks without the parts that the project lacks. */
function runbooks(text: string, parts: readonly Part[]): string {
  const own = text.replaceAll(LINK, `](../${PACKAGED}/$1`).replace(RULE_TESTS, '');
  if (parts.includes('alertmanager')) return own;
  return own.replace(ALERTMANAGER_LINK, 'Alertmanager').replace(ALERTMANAGER_SECTION, '');
}

/** A configuration of Prometheus without the jobs of parts that the project lacks. */
function withoutAbsent(text: string, parts: readonly Part[]): string {
  const document = parseDocument(text);
  const jobs = document.get('scrape_configs');
  const isAbsent = (part: Part | undefined) => part !== undefined && !parts.includes(part);
  if (isSeq(jobs)) {
    const kept = jobs.items.filter((job) => !isMap(job) || !isAbsent(JOBS[String(job.get('job_name'))]));
    if (kept.length === jobs.items.length && !isAbsent('alertmanager')) return text;
    jobs.items = kept;
  }
  if (isAbsent('alertmanager')) document.delete('alerting');
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
