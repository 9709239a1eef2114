import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import { type DashboardFile, panelsOf } from '../../grafana/helpers/dashboard-files.ts';
import type { Lifetime } from '../../harness/lifetime.ts';
import type { Prometheus, VectorSample } from '../../harness/prometheus.ts';
import { REPOSITORY, type Service, startService } from '../../harness/service.ts';
import { until } from '../../harness/until.ts';

/** Grafana's values of a dashboard's variables. */
const VARIABLES: Readonly<Record<string, string>> = {
  job: '.+',
  instance: '.+',
  __rate_interval: '10s',
  __range: '3600s',
};

/** For traffic of a few seconds, on a busy machine. */
export const TRAFFIC_TIMEOUT_MS = 60_000;

/** Values by the labels of a series, joined by spaces in the order of their names; '' for a series without. */
export type Values = Readonly<Record<string, number>>;

/** An example service: what its folder says of it. */
export class Example {
  private readonly folder: string;

  constructor(name: string) {
    this.folder = join(REPOSITORY, 'examples', name);
  }

  /** Starts it by the last line of its README's first block, with other settings, apart from others of its name. */
  start(lifetime: Lifetime, env: Readonly<Record<string, string>>, main?: string): Promise<Service> {
    const [, block = ''] = /^```\n(.*?)\n```$/ms.exec(this.read('README.md')) ?? [];
    const words = (block.split('\n').at(-1) ?? '').split(' ');
    const at = words.indexOf('npx');
    const said = Object.fromEntries(words.slice(0, at).map((word) => word.split('=', 2)));
    const [program, ...args] = words.slice(at + 1);
    assert.equal(program, 'node', `the README says how to start it: ${block}`);
    const given = main === undefined ? args : [...args.slice(0, -1), join(this.folder, main)];
    const settings = { ...said, OTEL_RESOURCE_ATTRIBUTES: `service.namespace=${randomUUID()}`, ...env };
    return startService(lifetime, { nodeArgs: [], args: given, env: settings });
  }

  /** The queries of the README's table, by what they measure. */
  rows(): ReadonlyMap<string, string> {
    const lines = this.read('README.md').matchAll(/^\| (?<what>.+?) \| .+ \| `(?<query>[^`]+)` \|$/gm);
    // A bar in a cell of a table is written with a backslash.
    return new Map(
      Array.from(lines, ({ groups }) => [groups?.what ?? '', (groups?.query ?? '').replaceAll('\\|', '|')]),
    );
  }

  dashboard(): DashboardFile {
    return JSON.parse(this.read('dashboard.json'));
  }

  /** The expressions of its alerts, by their names. */
  alerts(): ReadonlyMap<string, string> {
    const { groups }: { groups: { rules: { alert: string; expr: string }[] }[] } = parse(
      this.read('alerts.yml'),
    );
    return new Map(groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const)));
  }

  private read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }
}

/**
 * Compares every row of an example's table with what its traffic did. Numbers arrive at their own time, such as those
 * that a database is asked for in the background.
 */
export async function compareRows(
  prometheus: Prometheus,
  rows: ReadonlyMap<string, string>,
  expected: Readonly<Record<string, Values>>,
): Promise<void> {
  assert.deepEqual([...rows.keys()].sort(), Object.keys(expected).sort(), 'a row has no expectation');
  for (const [what, query] of rows) {
    let found: Values = {};
    await until(
      async () => {
        found = valuesOf(await prometheus.query(query));
        return isEqual(found, expected[what] ?? {}) ? true : undefined;
      },
      {
        what,
        timeout: 40_000,
        instead: () => `${query}\n${JSON.stringify({ expected: expected[what], found }, undefined, 2)}`,
      },
    );
  }
}

/** The queries of a dashboard for which Prometheus has no number. */
export async function emptyPanels(prometheus: Prometheus, dashboard: DashboardFile): Promise<string[]> {
  const empty: string[] = [];
  const ask = async (title: string | undefined, expr: string) => {
    const query = expr.replace(/\$(\w+)/g, (all, name: string) => VARIABLES[name] ?? all);
    const hasData = until(
      async () => (await prometheus.query(query)).some(({ value }) => Number.isFinite(value)) || undefined,
      { what: query, timeout: 100_000 },
    );
    await hasData.catch(() => empty.push(`${title}: ${query}`));
  };
  await Promise.all(
    panelsOf(dashboard).flatMap(({ title, targets }) => targets.map(({ expr }) => ask(title, expr))),
  );
  return empty;
}

/** The names of the alerts whose condition holds for the job now. */
export async function holding(
  prometheus: Prometheus,
  alerts: ReadonlyMap<string, string>,
  job: string,
): Promise<string[]> {
  const names: string[] = [];
  for (const [name, expr] of alerts) {
    const found = await prometheus.query(expr);
    if (found.some(({ labels }) => labels.job === job)) names.push(name);
  }
  return names;
}

/** Waits until the conditions of exactly these alerts hold for the job. `provoke` goes on failing meanwhile. */
export async function untilHolding(
  prometheus: Prometheus,
  alerts: ReadonlyMap<string, string>,
  job: string,
  expected: readonly string[],
  provoke: () => Promise<unknown> = () => pause(100),
): Promise<void> {
  let found: readonly string[] = [];
  await until(
    async () => {
      await provoke();
      found = await holding(prometheus, alerts, job);
      return String(found) === String(expected) ? true : undefined;
    },
    { what: `the alerts ${expected} of ${job}`, timeout: 100_000, instead: () => `there are ${found}` },
  );
}

function valuesOf(vector: readonly VectorSample[]): Values {
  return Object.fromEntries(
    vector.map(({ labels, value }) => {
      const names = Object.keys(labels).sort();
      return [names.map((name) => labels[name]).join(' '), value];
    }),
  );
}

function isEqual(found: Values, expected: Values): boolean {
  const keys = Object.keys(expected);
  return (
    keys.length === Object.keys(found).length &&
    keys.every((key) => Math.abs((found[key] ?? Number.NaN) - (expected[key] ?? Number.NaN)) < 1e-9)
  );
}
