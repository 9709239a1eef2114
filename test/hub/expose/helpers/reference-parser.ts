import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Debian's own, which has Debian's packages. */
const PYTHON = '/usr/bin/python3';
const SCRIPT = join(import.meta.dirname, 'reference-parser.py');

export interface ReferenceFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
  readonly samples: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** As Python writes it. */
    readonly value: string;
    readonly exemplar: { readonly labels: Readonly<Record<string, string>>; readonly value: string } | null;
  }[];
}

/** For the `skip` option of a test: with CI set it is never skipped. */
export function skipWithoutReferenceParser(): string | false {
  if (process.env.CI) return false;
  const { status } = spawnSync(PYTHON, ['-c', 'import prometheus_client.openmetrics.parser']);
  return status === 0 ? false : 'not installed: apt-get install python3-prometheus-client';
}

/** The result of OpenMetrics' reference parser, Debian's python3-prometheus-client, which must not complain. */
export function referenceParse(bodies: readonly string[]): readonly (readonly ReferenceFamily[])[] {
  const { stdout, stderr, status } = spawnSync(PYTHON, [SCRIPT], {
    input: JSON.stringify(bodies),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  assert.equal(status, 0, stderr);
  const read: (readonly ReferenceFamily[] | { readonly error: string })[] = JSON.parse(stdout);
  return read.map((families, i) =>
    'error' in families ? assert.fail(`${families.error}\n${bodies[i]}`) : families,
  );
}
