import type { HeapProfiler, Profiler } from 'node:inspector';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { CPU_INTERVAL_US, cpuProfile, HEAP_INTERVAL_BYTES, heapProfile } from './encode.ts';
import { ProfilingSession } from './session.ts';

const compress = promisify(gzip);

export type ProfileKind = 'profile' | 'heap';

/**
 * Profiles the application's main thread until `over` resolves.
 *
 * @returns profile.proto, compressed with gzip
 */
export async function takeProfile(kind: ProfileKind, over: () => Promise<void>): Promise<Buffer> {
  const session = new ProfilingSession();
  try {
    return await compress(await TAKERS[kind](session, over));
  } finally {
    session.close();
  }
}

const TAKERS: Readonly<
  Record<ProfileKind, (session: ProfilingSession, over: () => Promise<void>) => Promise<Uint8Array>>
> = {
  async profile(session, over) {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_US });
    await session.post('Profiler.start');
    const startedAt = Date.now();
    await over();
    const { profile } = await session.post<Profiler.StopReturnType>('Profiler.stop');
    return cpuProfile(profile, startedAt);
  },
  async heap(session, over) {
    await session.post('HeapProfiler.enable');
    await session.post('HeapProfiler.startSampling', { samplingInterval: HEAP_INTERVAL_BYTES });
    const startedAt = Date.now();
    await over();
    const { profile } = await session.post<HeapProfiler.StopSamplingReturnType>('HeapProfiler.stopSampling');
    return heapProfile(profile, startedAt);
  },
};
