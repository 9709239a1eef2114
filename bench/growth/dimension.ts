/** The measurements of each figure of one service. */
export type Figures = Readonly<Record<string, readonly number[]>>;

/** A dimension in which services grow, and its figures. */
export interface Dimension {
  /** In the heading of the results, and on the axis of the pictures. */
  readonly what: string;
  readonly sizes: readonly number[];
  readonly libraries: readonly string[];
  /** The figures by name, each with its title. */
  readonly figures: Readonly<Record<string, string>>;
  /** How many services of each library are measured at a size. */
  rounds(size: number): number;
  /** Describes the services in a sentence or two. */
  readonly description: string;
  readonly peers: readonly string[];
  /** Runs once, before everything. */
  readonly prepare?: () => void;
  /** Measures one service of the library. */
  measure(library: string, size: number): Promise<Figures>;
}

export const PITOT = 'pitot';
export const PROM_CLIENT = 'prom-client';
export const PROMETHEUS_IO = '@prometheus-io/client';
export const OPENTELEMETRY = 'OpenTelemetry';

/** The packages of the libraries that scrapes compare. */
export const SCRAPE_PEERS = [
  PROM_CLIENT,
  PROMETHEUS_IO,
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-prometheus',
];
