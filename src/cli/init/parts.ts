/** What `pitot init` can write, in the order in which it is written. */
export const PARTS = [
  'instrumentation',
  'otel-collector',
  'prometheus',
  'alertmanager',
  'grafana',
  'deploy',
] as const;

export type Part = (typeof PARTS)[number];

/** For help and questions. */
export const PART_MEANINGS: Readonly<Record<Part, string>> = {
  instrumentation: 'instrumentation.mjs, which starts pitot before the application',
  'otel-collector': 'configuration of the OpenTelemetry Collector',
  prometheus: 'scrape configuration, recording rules and alerts',
  alertmanager: 'who is told of alerts, and how',
  grafana: 'dashboards, with their provisioning',
  deploy: 'Dockerfile, compose file and Kubernetes manifests, for which it needs all the others',
};

/** What the project asks for. */
export interface Choice {
  /** Name of the service, of its job in Prometheus, and of what runs it. */
  readonly service: string;
  /** Of the service's endpoint. */
  readonly port: number;
  readonly parts: readonly Part[];
}

/** The same, with the file that starts the service. */
export interface Wanted extends Choice {
  readonly main: string;
}

/** A name that a service, a container and a Kubernetes object may bear alike (RFC 1123, a DNS label). */
export const SERVICE_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
