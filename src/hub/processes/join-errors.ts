import { diag } from '../../base/diag.ts';
import { reasonOf } from '../../base/reason.ts';
import type { Discovery } from '../../channel/discovery/discovery.ts';
import { authority, ListenError } from '../http/listen.ts';
import { SecurityError } from '../http/security/security.ts';
import { type Dialect, dialectText, ownDialect } from './dialect.ts';
import type { Answer, ServiceName } from './messages.ts';

/** Why a process could not join: the leader's refusal, no leader, or a leader that does not answer. */
type JoinFailure = Exclude<Answer, { readonly type: 'welcome' }> | 'no leader' | 'no answer';

const ENDPOINT_SETTINGS = 'OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT';

/** The process or the system has no file descriptor or memory left. */
const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** The places where discovery looked, and those that it could not use. */
type Searched = Pick<Discovery, 'directories' | 'faults'>;

/** Logs why no process serves this one's metrics: each reason once, and again after the process had joined meanwhile. */
export class JoinErrors {
  /** The action that this process cannot take. */
  private readonly aim: string;
  private readonly where: string;
  private readonly hasPort: boolean;
  private readonly service: ServiceName;
  private readonly discovery: Searched;
  private failure: JoinFailure | undefined;
  private logged: string | undefined;
  private cutOffLogged: string | undefined;

  constructor(
    options: { readonly host: string; readonly port: number | 'none'; readonly service: ServiceName },
    discovery: Searched,
  ) {
    const { host, port, service } = options;
    this.where = port === 'none' ? `the routes of service '${service.name}'` : authority(host, port);
    this.aim = port === 'none' ? `join service '${service.name}'` : `listen on ${this.where}`;
    this.hasPort = port !== 'none';
    this.service = service;
    this.discovery = discovery;
  }

  /** The last logged error that still holds. */
  get latest(): string | undefined {
    return this.logged;
  }

  failed(failure: JoinFailure): void {
    this.failure = failure;
  }

  joined(): void {
    this.failure = undefined;
    this.logged = undefined;
  }

  /** This process cut its leader off, because of a message that no release of pitot sends. */
  cutOff({ message }: Error): void {
    const text =
      `the process that serves ${this.where} sent what no release of pitot sends (${message}), and this process left ` +
      'it. It joins again; if this goes on, see whether another program writes to the sockets of pitot.';
    if (text !== this.cutOffLogged) diag.warn(text);
    this.cutOffLogged = text;
  }

  /** @returns whether there was a failure to report */
  report(): boolean {
    if (this.failure === undefined) return false;
    this.logOnce(this.textOf(this.failure));
    return true;
  }

  /**
   * Logs that the endpoint cannot be opened.
   *
   * @returns whether a later attempt may succeed, because only descriptors or memory ran out
   */
  cannotOpen(error: unknown): boolean {
    if (error instanceof SecurityError) {
      this.logOnce(error.atStart);
      return false;
    }
    const reason = reasonOf(error);
    const isShortage = error instanceof ListenError && SHORTAGES.has(error.code);
    this.logOnce(
      isShortage
        ? `${reason}. The application runs on without an endpoint; pitot tries again every second.`
        : `${reason}. Set ${ENDPOINT_SETTINGS} to where pitot can listen (port 0 picks a free one); until then the ` +
            'application runs on without an endpoint.',
    );
    return isShortage;
  }

  private logOnce(text: string): void {
    if (text !== this.logged) diag.error(text);
    this.logged = text;
  }

  private textOf(failure: JoinFailure): string {
    const { where } = this;
    if (failure === 'no answer' || (failure !== 'no leader' && failure.reason === 'ended')) {
      return (
        `cannot ${this.aim}: the process that serves it does not answer. This process' metrics are not ` +
        'served; pitot tries again every second.'
      );
    }
    if (failure === 'no leader') return this.noLeaderText();
    if (failure.reason === 'service') {
      return (
        `cannot ${this.aim}: service ${fullName(failure.service)} is served there (process ${failure.pid}), ` +
        `and this is service ${fullName(this.service)}; services are never merged. Give one of them another ` +
        'OTEL_EXPORTER_PROMETHEUS_PORT; until then the application runs on and its metrics are not served.'
      );
    }
    return (
      `cannot be served at ${where}: process ${failure.pid}, which serves it, runs ${dialectText(failure.speaks)}, and ` +
      `this process runs ${dialectText(ownDialect())}; they do not understand each other. ${remedy(failure.speaks)} in ` +
      "all processes of the service; until then the application runs on and this process' metrics are not served."
    );
  }

  /** The port may belong to another program, or to a process of this service that uses other directories. */
  private noLeaderText(): string {
    const { directories, faults } = this.discovery;
    const places = directories.length > 0 ? directories.join(', ') : 'no directory that pitot can use';
    const excluded = faults.length > 0 ? ` (${faults.join('; ')})` : '';
    if (!this.hasPort) {
      return (
        `cannot ${this.aim}: another of its processes leads it, and does not answer in ${places}${excluded}. This ` +
        "process' metrics are not served; pitot tries again every second."
      );
    }
    return (
      `cannot ${this.aim}: the port is in use, and no process of service '${this.service.name}' answers in ` +
      `${places}${excluded}. If another program has the port, set ${ENDPOINT_SETTINGS} to where pitot can listen (port ` +
      '0 picks a free one). If a process of this service has it, the two have no directory in common: give both the ' +
      'same XDG_RUNTIME_DIR. Until then the application runs on and its metrics are not served; pitot tries again ' +
      'every second.'
    );
  }
}

/** V8's serialization comes with Node.js, and the protocol with pitot. */
function remedy({ serialization }: Dialect): string {
  return `Run the same release of ${serialization === ownDialect().serialization ? 'pitot' : 'Node.js'}`;
}

function fullName({ name, namespace }: ServiceName): string {
  return namespace === '' ? `'${name}'` : `'${namespace}/${name}'`;
}
