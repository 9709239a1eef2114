import { relative } from 'node:path';
import type { Choice } from './parts.ts';
import type { PackageManager, Project } from './project.ts';

/** A command to run next, in the project's directory, and its purpose. */
export interface Step {
  readonly what: string;
  readonly command: string;
}

/** Creates the file that deploy/compose.yaml mounts. The containers' users can read it; its folder keeps others out. */
const MAKE_TOKEN =
  "mkdir -m 700 deploy/secrets && echo '*' >deploy/secrets/.gitignore && " +
  'openssl rand -hex 32 >deploy/secrets/metrics-token && chmod 444 deploy/secrets/metrics-token';

const INSTALL: Readonly<Record<PackageManager, string>> = {
  npm: 'npm install pitot',
  pnpm: 'pnpm add pitot',
  yarn: 'yarn add pitot',
  bun: 'bun add pitot',
};

/** Commands that measure the service and run the written files. */
export function nextSteps(directory: string, { service, port, parts }: Choice, project: Project): Step[] {
  const has = (part: Choice['parts'][number]) => parts.includes(part);
  const steps: Step[] = [];
  const folder = relative(process.cwd(), directory);
  if (folder !== '') steps.push({ what: 'Go there', command: `cd ${quoted(folder)}` });
  const { hasPitot, hasNpmLock, manager } = project;
  if (!hasPitot) steps.push({ what: 'Install pitot', command: INSTALL[manager] });
  const own = `OTEL_SERVICE_NAME=${service} OTEL_EXPORTER_PROMETHEUS_PORT=${port}`;
  steps.push({ what: 'See the settings, and whether the port is free', command: `${own} npx pitot check` });
  // Installing pitot with npm makes the file.
  if (has('deploy') && !hasNpmLock && (hasPitot || manager !== 'npm')) {
    steps.push({
      what: 'Once: make the package-lock.json that deploy/Dockerfile installs from, or change its first stage',
      command: 'npm install --package-lock-only',
    });
  }
  if (has('deploy')) {
    steps.push({ what: 'Once: make the token that opens the metrics', command: MAKE_TOKEN });
    steps.push({
      what: 'Run everything in containers; Grafana is on http://localhost:3000',
      command: 'docker compose -f deploy/compose.yaml up --build --wait',
    });
  }
  if (has('instrumentation')) {
    steps.push({
      what: `${has('deploy') ? 'Or by themselves: the' : 'Run the'} service; its metrics are on http://localhost:${port}/metrics`,
      command: `node --import ./instrumentation.mjs ${quoted(project.main)}`,
    });
  }
  if (has('otel-collector')) {
    steps.push({
      what: 'Run the Collector, for what is sent to it',
      command: 'otelcol-contrib --config otel-collector/config.yaml',
    });
  }
  if (has('alertmanager')) {
    steps.push({
      what: 'Run Alertmanager, once the addresses in its file are yours',
      command: 'alertmanager --config.file=alertmanager/alertmanager.yml',
    });
  }
  if (has('prometheus')) {
    steps.push({
      what: 'Run Prometheus',
      command: 'prometheus --config.file=prometheus/prometheus.yml --enable-feature=exemplar-storage',
    });
  }
  if (has('grafana')) {
    steps.push({
      what: 'Give Grafana its dashboards, and PROMETHEUS_URL and ALERTMANAGER_URL in its environment',
      command: 'sudo cp -r grafana/provisioning grafana/dashboards /etc/grafana/',
    });
  }
  return steps;
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w./@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
