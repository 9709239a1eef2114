import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { packedTarball } from '../harness/packed-tarball.ts';
import { install, installed } from './helpers/installed.ts';

/** Uses every door, and types of each. */
const PROGRAM = `
import { boot, defineMetrics, getMeter, observe, type BootOptions, type Meter, type Pitot, type View } from 'pitot';
import 'pitot/instrumentation';
import { database, websocket, workflow, type Workflow } from 'pitot/instruments';
import { Counter, register } from 'pitot/prom-client';
import { type DataPoint, dataPoints, type MetricValue, metricsOf, resetMetrics } from 'pitot/testing';

const view: View = { selector: { instrumentName: 'size' }, aggregation: { boundaries: [1, 2] } };
const options: BootOptions = { serviceName: 'shop', port: 0, views: [view] };
const pitot: Pitot = boot(options);
const meter: Meter = getMeter('shop');
meter.createCounter('orders').bind({ channel: 'web' }).add(1);
meter.createGauge('stock').record(3, { shelf: 'a' });
meter.createHistogram('size', { advice: { exponential: true } }).record(1);
export const metrics = defineMetrics('shop', {
  placed: { kind: 'counter', unit: '{order}', description: 'Orders.', attributes: { channel: ['web', 'app'] } },
});
metrics.placed.add(1, { channel: 'web' });
// @ts-expect-error No such value.
metrics.placed.add(1, { channel: 'phone' });
export const all: unknown[] = [database, websocket, workflow, observe];
export type Flow = Workflow;
void pitot.ready().then((endpoint) => endpoint?.url.toUpperCase());
export const placed: Promise<MetricValue | undefined> = metricsOf('shop.placed', { channel: 'web' });
export const points: Promise<readonly DataPoint[]> = dataPoints();
resetMetrics();
export const hits = new Counter({ name: 'hits', help: 'Hits.', labelNames: ['page'], registers: [register] });
hits.inc({ page: '/' });
// @ts-expect-error No such label.
hits.inc({ path: '/' });
`;

interface Setting {
  readonly module: string;
  readonly moduleResolution?: string;
  /** The program's kind of module by its package.json. */
  readonly type: 'module' | 'commonjs';
}

const SETTINGS: readonly Setting[] = [
  { module: 'commonjs', moduleResolution: 'node10', type: 'commonjs' },
  { module: 'node16', type: 'commonjs' },
  { module: 'node16', type: 'module' },
  { module: 'node18', type: 'commonjs' },
  { module: 'node18', type: 'module' },
  { module: 'nodenext', type: 'commonjs' },
  { module: 'nodenext', type: 'module' },
  { module: 'esnext', moduleResolution: 'bundler', type: 'module' },
  { module: 'preserve', moduleResolution: 'bundler', type: 'commonjs' },
];

/** Module resolutions that TypeScript 7 has dropped. */
const DROPPED = new Set(['node10']);

for (const { typescript, api, nodeTypes } of [
  // The first release of 5.9.
  { typescript: '5.9.2', api: '1.4.1', nodeTypes: '22' },
  { typescript: '5.9.3', api: '1.10.0', nodeTypes: '24' },
  { typescript: '7.0.2', api: '1.9.1', nodeTypes: '24' },
]) {
  describe(`TypeScript ${typescript} with @opentelemetry/api ${api}`, { timeout: 300_000 }, () => {
    let folder: string;
    before(async () => {
      folder = await installed([
        `typescript@${typescript}`,
        `@opentelemetry/api@${api}`,
        `@types/node@${nodeTypes}`,
      ]);
      await install(folder, ['--no-save', await packedTarball()]);
    });

    for (const { module, moduleResolution, type } of SETTINGS) {
      // One setting shows that the declarations need nothing of a later API.
      if (api === '1.4.1' && module !== 'commonjs') continue;
      if (typescript.startsWith('7') && DROPPED.has(moduleResolution ?? '')) continue;
      test(`"module": "${module}" in a program of type ${type} compiles without skipLibCheck`, async (t) => {
        const program = join(folder, `${module}-${type}`);
        t.after(() => rm(program, { recursive: true, force: true }));
        await mkdir(program, { recursive: true });
        const compilerOptions = {
          module,
          ...(moduleResolution !== undefined && { moduleResolution }),
          target: 'es2022',
          lib: ['es2022'],
          types: ['node'],
          strict: true,
          noEmit: true,
          skipLibCheck: false,
        };
        await writeFile(join(program, 'package.json'), JSON.stringify({ type }));
        await writeFile(
          join(program, 'tsconfig.json'),
          JSON.stringify({ compilerOptions, files: ['program.ts'] }),
        );
        await writeFile(join(program, 'program.ts'), PROGRAM);
        const compiler = join(folder, 'node_modules/.bin/tsc');
        const { stdout, status } = spawnSync(compiler, ['-p', program], { encoding: 'utf8' });
        assert.deepEqual([status, stdout], [0, '']);
      });
    }
  });
}
