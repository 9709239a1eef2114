import type { Resource } from '@opentelemetry/resources';
import { diag } from '../../base/diag.ts';
import { reasonOf } from '../../base/reason.ts';
import { showEndpoint } from '../../config/parsers/endpoint.ts';
import type { Config } from '../../config/settings/table.ts';
import type { Forwarder } from './forwarder.ts';
import type { Modules } from './modules.ts';

const NO_MODULES: Modules = { forwarders: [], readers: [] };

interface Way {
  /** The name among `exporters` that chooses it. */
  readonly name: Extract<Config['exporters'][number], string>;
  /** The destination for log lines, without secrets. */
  describe(config: Config): string;
  /** Loads its dependencies. Rejects with an error that names the setting at fault. */
  create(config: Config, target: string): Promise<Forwarder>;
}

const WAYS: readonly Way[] = [
  {
    name: 'otlp',
    describe: ({ otlpProtocol, otlpEndpoint }) => `OTLP ${otlpProtocol} → ${showEndpoint(otlpEndpoint)}`,
    create: async (config, target) => (await import('./otlp.ts')).createOtlpForwarder(config, target),
  },
  {
    name: 'pushgateway',
    describe: ({ pushgatewayUrl }) => `Pushgateway → ${showEndpoint(pushgatewayUrl)}`,
    create: async (config, target) =>
      new (await import('./pushgateway.ts')).PushgatewayForwarder(config, target),
  },
  {
    name: 'remote_write',
    describe: ({ remoteWriteUrl }) => `remote write → ${showEndpoint(remoteWriteUrl)}`,
    create: async (config, target) =>
      new (await import('./remote-write.ts')).RemoteWriteForwarder(config, target),
  },
  {
    name: 'console',
    describe: () => 'standard output',
    create: async () => new (await import('./console.ts')).ConsoleForwarder(),
  },
];

function chosen({ exporters }: Config): readonly Way[] {
  return WAYS.filter(({ name }) => exporters.includes(name));
}

/**
 * The forwarders that the configuration chooses. If one cannot be created, one `diag.error` reports it and the
 * others stay. For the hub's thread only.
 */
export async function createForwarders(config: Config): Promise<readonly Forwarder[]> {
  const created = chosen(config).map(async ({ name, describe, create }) => {
    try {
      return [await create(config, describe(config))];
    } catch (error) {
      const reason = reasonOf(error);
      diag.error(`${reason}; nothing is forwarded to ${name}`);
      return [];
    }
  });
  return (await Promise.all(created)).flat();
}

/** The exporters and readers of other packages that the configuration chooses: see modules.ts. */
export async function createModules(
  config: Config,
  folders: readonly string[],
  resource: Resource,
): Promise<Modules> {
  if (config.exporters.every((exporter) => typeof exporter === 'string')) return NO_MODULES;
  return (await import('./modules.ts')).loadModules(config, folders, resource);
}

/** The destinations and the interval of forwarding, for the start-up line; empty without a forwarder. */
export function describeForwarding(config: Config, { forwarders, readers }: Modules = NO_MODULES): string {
  const targets = [
    ...chosen(config).map(({ describe }) => describe(config)),
    ...forwarders.map(({ target }) => target),
  ];
  const pulled = readers.map(({ target }) => target).join(' and ');
  if (targets.length === 0) return pulled;
  const { exportInterval } = config;
  const every = exportInterval % 1000 === 0 ? `${exportInterval / 1000} s` : `${exportInterval} ms`;
  return `${targets.join(' and ')} every ${every}${pulled === '' ? '' : ` and ${pulled}`}`;
}
