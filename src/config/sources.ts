import { isBun } from '../base/runtime.ts';

/** A supported range: from this version on, and below that major version if there is one. */
export interface VersionRange {
  readonly from: string;
  readonly below?: number;
}

interface SourceDeclaration {
  /** Its name in the start-up line, which lists the sources of one group together. */
  readonly group: string;
  /** The packages that it measures, with the supported versions. */
  readonly packages?: Readonly<Record<string, VersionRange>>;
  /** Whether it measures under Bun too, which tells pitot of no HTTP requests and of no loaded packages. */
  readonly onBun?: true;
  /** `false` for a source that measures only if the settings name it. */
  readonly byDefault: boolean;
}

const HTTP = { group: 'HTTP', byDefault: true } as const;
const DRIVER = { group: 'database drivers', byDefault: true } as const;
const MESSAGING = { group: 'messaging', byDefault: true } as const;
const RPC = { group: 'RPC', byDefault: true } as const;
/** Off by default: connections that the application measures by `websocket.connection` would count twice. */
const WEB_SOCKETS = { group: 'WebSockets', byDefault: false } as const;

/**
 * The automatic sources, in the order of the start-up line. Settings, the start-up line, the pages of the reference
 * and the sources of both threads follow from this table; the compiler asks for an implementation of each name.
 */
export const SOURCES = {
  http: HTTP,
  express: HTTP,
  pg: { ...DRIVER, packages: { pg: { from: '8.0.3', below: 9 } } },
  mysql2: { ...DRIVER, onBun: true, packages: { mysql2: { from: '3.20.0' } } },
  mongodb: { ...DRIVER, packages: { mongodb: { from: '6.4.0', below: 8 } } },
  redis: {
    ...DRIVER,
    onBun: true,
    packages: { redis: { from: '5.12.0' }, '@redis/client': { from: '5.12.0' } },
  },
  ioredis: { ...DRIVER, packages: { ioredis: { from: '4.28.0', below: 7 } } },
  'better-sqlite3': { ...DRIVER, packages: { 'better-sqlite3': { from: '9.0.0', below: 14 } } },
  'node-sqlite': DRIVER,
  grpc: { ...RPC, packages: { '@grpc/grpc-js': { from: '1.10.0', below: 2 } } },
  'aws-sdk': {
    ...RPC,
    packages: {
      '@smithy/smithy-client': { from: '2.0.0', below: 5 },
      '@smithy/core': { from: '3.24.0', below: 4 },
    },
  },
  graphql: { group: 'GraphQL', byDefault: true, packages: { graphql: { from: '16.0.0', below: 18 } } },
  amqplib: { ...MESSAGING, packages: { amqplib: { from: '0.10.0', below: 3 } } },
  kafkajs: { ...MESSAGING, packages: { kafkajs: { from: '2.0.0', below: 3 } } },
  ws: { ...WEB_SOCKETS, packages: { ws: { from: '7.0.0', below: 9 } } },
  'socket.io': { ...WEB_SOCKETS, packages: { 'socket.io': { from: '4.0.0', below: 5 } } },
  errors: { group: 'errors', onBun: true, byDefault: true },
  'runtime-node': { group: 'runtime', onBun: true, byDefault: true },
  'host-metrics': { group: 'host', onBun: true, byDefault: true },
} as const satisfies Readonly<Record<string, SourceDeclaration>>;

/** As the settings and the start-up line spell it. */
export type SourceName = keyof typeof SOURCES;

export const SOURCE_NAMES = Object.keys(SOURCES) as readonly SourceName[];

/** The sources that measure only if the settings name them. */
type NamesWith<ByDefault extends boolean> = {
  [Name in SourceName]: (typeof SOURCES)[Name]['byDefault'] extends ByDefault ? Name : never;
}[SourceName];

export const OPTIONAL_SOURCES = SOURCE_NAMES.filter(
  (name): name is NamesWith<false> => !SOURCES[name].byDefault,
);

/** The settings for sources. */
export interface SourceSettings {
  readonly sources: readonly SourceName[] | undefined;
  readonly disabledSources: readonly SourceName[];
  readonly webSockets: readonly SourceName[];
}

/** The sources that the settings choose and the runtime allows, in the order of the table. */
export function chosenSources({ sources, disabledSources, webSockets }: SourceSettings): SourceName[] {
  return SOURCE_NAMES.filter((name) => {
    if (isBun && !('onBun' in SOURCES[name])) return false;
    const isNamed = sources?.includes(name) ?? SOURCES[name].byDefault;
    return (isNamed || webSockets.includes(name)) && !disabledSources.includes(name);
  });
}
