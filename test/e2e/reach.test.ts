import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../harness/free-port.ts';
import { select } from '../harness/samples.ts';
import { PATIENT, startService } from '../harness/service.ts';

const INSTRUMENTATION = 'pitot/instrumentation';
const OWN_ENVIRONMENT = ['process with own environment', 'thread with own environment'];
const OWN_OPTIONS = ['process with own options', 'thread with own options'];

/** The rows of "What pitot is loaded in", docs/processes.md. */
const STARTS: readonly { how: string; args: readonly string[]; options?: string; also: readonly string[] }[] =
  [
    { how: 'node --import', args: ['--import', INSTRUMENTATION], also: OWN_ENVIRONMENT },
    {
      how: 'node --require',
      args: ['--require', INSTRUMENTATION],
      also: [...OWN_ENVIRONMENT, 'thread of a text'],
    },
    {
      how: 'NODE_OPTIONS with --import',
      args: [],
      options: `--import ${INSTRUMENTATION}`,
      also: OWN_OPTIONS,
    },
    {
      how: 'NODE_OPTIONS with --require',
      args: [],
      options: `--require ${INSTRUMENTATION}`,
      also: [...OWN_OPTIONS, 'thread of a text'],
    },
  ];

for (const { how, args, options, also } of STARTS) {
  test(`${how} measures threads and processes, and of special ones: ${also.join(', ')}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'pitot-reach-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const service = await startService(t, {
      nodeArgs: args,
      args: ['test/e2e/fixtures/reach.mjs'],
      env: {
        OTEL_SERVICE_NAME: 'reach',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
        XDG_RUNTIME_DIR: folder,
        ...PATIENT,
        ...(options === undefined ? {} : { NODE_OPTIONS: options }),
      },
    });
    await service.line(/^all have ended$/);
    const { samples } = await service.scrape();
    const reached = select(samples, 'reached_total').map(({ labels, value }) => `${labels.who} ${value}`);
    assert.deepEqual(reached.sort(), ['process', 'thread', ...also].map((who) => `${who} 1`).sort());
  });
}
