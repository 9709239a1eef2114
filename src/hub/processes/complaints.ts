import { diag } from '@opentelemetry/api';
import { authority, ListenError } from '../http/listen.ts';
import { SecurityError } from '../http/security/security.ts';
import { type Answer, PROTOCOL, type ServiceName } from './messages.ts';

type Finding = Exclude<Answer, { readonly type: 'welcome' }> | 'nobody' | 'silence';

const WHERE = 'OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT';

/** Of file descriptors or memory. */
const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** Why this process is not served: said once for each reason, and again after things had been well. */
export class Complaints {
  private readonly where: string;
  private readonly service: ServiceName;
  private readonly faults: readonly string[];
  private finding: Finding | undefined;
  private said: string | undefined;

  constructor(
    options: { readonly host: string; readonly port: number; readonly service: ServiceName },
    faults: readonly string[],
  ) {
    this.where = authority(options.host, options.port);
    this.service = options.service;
    this.faults = faults;
  }

  found(finding: Finding): void {
    this.finding = finding;
  }

  settled(): void {
    this.finding = undefined;
    this.said = undefined;
  }

  /** @returns whether there is something to complain of */
  report(): boolean {
    if (this.finding === undefined) return false;
    const text = this.textOf(this.finding);
    if (text !== this.said) diag.error(text);
    this.said = text;
    return true;
  }

  /**
   * The endpoint cannot be opened.
   *
   * @returns whether it may be later: the process, or the system, is short of something
   */
  unusable(error: unknown): boolean {
    if (error instanceof SecurityError) {
      diag.error(error.atStart);
      return false;
    }
    const reason = error instanceof Error ? error.message : String(error);
    const isShortage = error instanceof ListenError && SHORTAGES.has(error.code);
    const text = isShortage
      ? `${reason}. The application runs on without an endpoint; that is tried again every second.`
      : `${reason}. Set ${WHERE} to where pitot can listen (port 0 picks a free one); until then the application ` +
        'runs on without an endpoint.';
    if (text !== this.said) diag.error(text);
    this.said = text;
    return isShortage;
  }

  private textOf(finding: Finding): string {
    const { where } = this;
    if (finding === 'silence' || (finding !== 'nobody' && finding.reason === 'ended')) {
      return (
        `cannot listen on ${where}: the process that serves it does not answer. This process' metrics are not ` +
        'served; that is tried again every second.'
      );
    }
    if (finding === 'nobody') {
      const faults =
        this.faults.length > 0
          ? ` (or another process of this service, which cannot be found: ${this.faults.join('; ')})`
          : '';
      return (
        `cannot listen on ${where}: the port is in use by another program${faults}. Set ${WHERE} to where pitot ` +
        'can listen (port 0 picks a free one); until then the application runs on and service ' +
        `'${this.service.name}' has no endpoint here. That is tried again every second.`
      );
    }
    if (finding.reason === 'service') {
      return (
        `cannot listen on ${where}: service ${named(finding.service)} is served there (process ${finding.pid}), ` +
        `and this is service ${named(this.service)}; services are never merged. Give one of them another ` +
        'OTEL_EXPORTER_PROMETHEUS_PORT; until then the application runs on and its metrics are not served.'
      );
    }
    return (
      `cannot be served at ${where}: process ${finding.pid}, which serves it, speaks version ${finding.protocol} of ` +
      `pitot's protocol and this process version ${PROTOCOL}. Run the same releases of pitot and Node.js in all ` +
      "processes of a service; until then the application runs on and this process' metrics are not served."
    );
  }
}

function named({ name, namespace }: ServiceName): string {
  return namespace === '' ? `'${name}'` : `'${namespace}/${name}'`;
}
