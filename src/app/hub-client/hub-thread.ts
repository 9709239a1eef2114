import { Worker } from 'node:worker_threads';
import { moduleOfPackage } from '../../base/package-files.ts';
import type { HubData } from '../../channel/messages.ts';
import { hubEnvironment } from '../../config/hub-environment.ts';
import { addressSpaceLeft } from './address-space.ts';
import { applicationEnvironment } from './application-environment.ts';
import { environmentProxy } from './environment-proxy.ts';
import { NO_ADDRESS_SPACE } from './outage.ts';
import { HUB_THREADS, threadsLeft } from './threads-left.ts';

/**
 * The size of the young generation of the hub's heap. Every scrape fills it, and it stays resident; V8 would take up
 * to 192 MiB. A process whose hub has 2 MiB takes 1.6 MiB less than with 4; less than 2 saves nothing more. Scrapes of
 * 60,000 series take the same processor time with both, because they make few objects.
 */
const YOUNG_GENERATION_MIB = 2;

/**
 * Under `ulimit -v`, V8 aborts the process when it cannot reserve what it wants: a thread takes 590 MiB at its start,
 * most of it for machine code, and 220 MiB with a small range for that, scrapes included. Where less is left, the hub
 * is not started.
 */
const SMALL_CODE_RANGE_MIB = 8;
const MIN_ADDRESS_SPACE = 256 * 2 ** 20;

/** Starts the hub's thread. Throws where the process may start no thread, or has no room for one. */
export function startHubThread(workerData: HubData): Worker {
  const threads = threadsLeft();
  if (threads !== undefined && threads < HUB_THREADS) throw noThreads(threads);
  const left = addressSpaceLeft();
  if (left !== undefined && left < MIN_ADDRESS_SPACE) throw noAddressSpace(left);
  return new Worker(moduleOfPackage('hub/entry'), {
    name: 'pitot-hub',
    resourceLimits: {
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB,
      ...(left === undefined ? {} : { codeRangeSizeMb: SMALL_CODE_RANGE_MIB }),
    },
    workerData,
    transferList: [workerData.recorder],
    // The application's own preloads, pitot's door among them, have no place in the hub.
    execArgv: [],
    env: {
      ...hubEnvironment(applicationEnvironment(process.env)),
      ...environmentProxy(),
      NODE_OPTIONS: '',
    },
  });
}

function noThreads(left: number): Error {
  return new Error(`it needs ${HUB_THREADS} threads, and ${left} are left (ulimit -u, pids.max)`);
}

function noAddressSpace(left: number): Error {
  const [needs, has] = [MIN_ADDRESS_SPACE, left].map((bytes) => Math.floor(bytes / 2 ** 20));
  const error = new Error(`it needs ${needs} MiB of address space, and ${has} MiB are left`);
  return Object.assign(error, { code: NO_ADDRESS_SPACE });
}
