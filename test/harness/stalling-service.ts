import type { Lifetime } from './lifetime.ts';
import { type Service, type ServiceOptions, startService } from './service.ts';
import { until } from './until.ts';

/** A stall as `/stalls` reports it. */
export interface ReportedStall {
  readonly pid: number;
  readonly seconds: number;
  readonly thread: string;
  readonly isOver: boolean;
  readonly cause?: {
    readonly function: string;
    readonly file: string;
    readonly line: number;
    readonly calling?: string;
    readonly isNative: boolean;
  };
  readonly stack?: readonly { readonly function: string }[];
  readonly unexplained?: string;
  readonly routes: readonly { readonly method: string; readonly route: string }[];
}

export interface StallReport {
  readonly pid: number;
  readonly thresholdSeconds: number;
  readonly notExamined?: string;
  readonly stalls: readonly ReportedStall[];
}

export interface StallingService {
  readonly service: Service;
  /** Requests a path of the fixture, which blocks the event loop. */
  block(way: string): Promise<string>;
  report(): Promise<StallReport>;
  /** The last stall, once it is over and explained, or it is known why it cannot be. */
  lastStall(): Promise<ReportedStall>;
}

/** The service of test/e2e/fixtures/stalls.mjs, with a threshold below the length of its stalls. */
export async function startStallingService(
  lifetime: Lifetime,
  { env, ...options }: Partial<ServiceOptions> = {},
): Promise<StallingService> {
  const service = await startService(lifetime, {
    args: ['test/e2e/fixtures/stalls.mjs'],
    env: { PITOT_STALL_THRESHOLD: '500', ...env },
    ...options,
  });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const endpoint = await service.endpoint();
  const report = async (): Promise<StallReport> =>
    (await fetch(new URL('/stalls', endpoint))).json() as Promise<StallReport>;
  return {
    service,
    report,
    block: async (way) => (await fetch(`http://127.0.0.1:${port}${way}`)).text(),
    lastStall: () =>
      until(
        async () => {
          const [last] = (await report()).stalls;
          const isKnown = last?.cause !== undefined || last?.unexplained !== undefined;
          return last?.isOver === true && isKnown ? last : undefined;
        },
        { what: 'the stall to be reported', timeout: 60_000 },
      ),
  };
}
