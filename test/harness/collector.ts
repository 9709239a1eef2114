import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from './child.ts';
import { freePorts } from './free-port.ts';
import type { Lifetime } from './lifetime.ts';
import { program } from './programs.ts';
import { REPOSITORY } from './service.ts';

/** The files of otel-collector/ that are given after config.yaml. */
export type Overlay = 'remote-write' | 'otlp' | 'gateway' | 'tls';

export interface CollectorOptions {
  readonly overlay?: Overlay;
  /** The overlay's variables: where to send to, which certificate to show. */
  readonly env?: Readonly<Record<string, string>>;
  /** Feature gates that are enabled. */
  readonly gates?: readonly string[];
}

/** Where a Collector listens: each is `host:port` on a loopback address. */
interface CollectorAddresses {
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  /** The prometheus exporter's metrics, if there is one. */
  readonly exporter: string;
  /** The Collector's own metrics. */
  readonly telemetry: string;
  readonly health: string;
}

export interface Collector extends CollectorAddresses {
  /** The id of the present process. */
  readonly pid: number;
  /** The output of every process of this Collector so far. */
  readonly log: string;
  /** Ends the Collector at once, as a crash would. */
  kill(): Promise<void>;
  /** Ends it as an operator would, and waits until it has ended by itself. */
  stop(): Promise<void>;
  /** Starts it again, on the addresses and with the queue that it had. Resolves once it takes data. */
  start(): Promise<void>;
}

/** Starts the Collector of otel-collector/builder.yaml with the files beside it as they are. */
export async function startCollector(lifetime: Lifetime, options: CollectorOptions = {}): Promise<Collector> {
  const { overlay, env = {}, gates = [] } = options;
  const folder = await mkdtemp(join(tmpdir(), 'pitot-collector-'));
  const addresses = await freeAddresses();
  const children: Child[] = [];
  const start = async () => {
    const child = await startChild(lifetime, program('pitot-collector'), {
      args: [...configurationArguments(overlay), `--feature-gates=${gates.join(',')}`],
      env: { PATH: process.env.PATH, ...environment(addresses, join(folder, 'queue')), ...env },
    });
    children.push(child);
    await child.line(/Everything is ready/);
  };
  lifetime.after(async () => {
    await Promise.all(children.map((child) => child.kill()));
    await rm(folder, { recursive: true, force: true });
  });
  await start();
  const current = () => {
    const child = children.at(-1);
    if (child === undefined) throw new Error('the Collector was never started');
    return child;
  };
  return {
    ...addresses,
    get pid() {
      return current().pid;
    },
    get log() {
      return children.map(({ stderr }) => stderr).join('');
    },
    kill: () => current().kill(),
    stop: async () => {
      current().signal('SIGTERM');
      await current().ended();
    },
    start,
  };
}

/** The command line's part that names config.yaml and what is laid over it. */
export function configurationArguments(overlay?: Overlay): string[] {
  return ['config', ...(overlay === undefined ? [] : [overlay])].flatMap((name) => [
    '--config',
    join(REPOSITORY, `otel-collector/${name}.yaml`),
  ]);
}

async function freeAddresses(): Promise<CollectorAddresses> {
  const free = (await freePorts(5)).map((port) => `127.0.0.1:${port}`);
  const [otlpHttp = '', otlpGrpc = '', exporter = '', telemetry = '', health = ''] = free;
  return { otlpHttp, otlpGrpc, exporter, telemetry, health };
}

/** The settings that the files read. */
function environment(addresses: CollectorAddresses, queue: string): Record<string, string> {
  const [host = '', port = ''] = addresses.telemetry.split(':');
  return {
    OTLP_HTTP_ENDPOINT: addresses.otlpHttp,
    OTLP_GRPC_ENDPOINT: addresses.otlpGrpc,
    PROMETHEUS_EXPORTER_ENDPOINT: addresses.exporter,
    HEALTH_ENDPOINT: addresses.health,
    TELEMETRY_HOST: host,
    TELEMETRY_PORT: port,
    QUEUE_DIRECTORY: queue,
  };
}
