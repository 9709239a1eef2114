/** The parts that `pitot init` can write, in that order. */
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

/** The project's choices. */
export interface Choice {
  /** Name of the service and of its job in Prometheus. Containers and Kubernetes objects have it in lower case. */
  readonly service: string;
  /** The port of the service's endpoint. */
  readonly port: number;
  readonly parts: readonly Part[];
}

/** The same, with the file that starts the service. */
export interface Wanted extends Choice {
  readonly main: string;
}

/** The characters of a Kubernetes label, because the service's name is one: its job in Prometheus comes from there. */
export const SERVICE_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** The name for containers and Kubernetes objects, which are DNS labels (RFC 1123). */
export function objectName(service: string): string {
  return service.toLowerCase().replaceAll(/[._]/g, '-');
}
