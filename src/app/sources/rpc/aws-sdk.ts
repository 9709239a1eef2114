import { BoundedValues } from '../../../base/bounded-values.ts';
import { errorType } from '../../../base/error-type.ts';
import { safely } from '../../../base/safely.ts';
import type { LoadedPackage } from '../../patching/loading.ts';
import { isMethod, isObject, type Method, replaceMethod, type Undo } from '../../patching/replace-method.ts';
import { whenSettled } from '../settled.ts';
import { awsEndpoint, type EndpointConfig } from './aws-endpoint.ts';
import { callOutcome, type Outcome, type ServerAttributes, secondsSince } from './call-outcome.ts';

const WHAT = 'a call of the AWS SDK';
const methods = new BoundedValues('rpc.method', /^[\w ./-]{1,255}$/);
const hooked = new WeakSet<object>();

/**
 * Calls by the clients of the AWS SDK, version 3. All of them send their commands by one method of one class. The
 * official instrumentation has metrics of generative models only.
 *
 * - A call is one command that the application sends, with all its attempts and the waiting between them. Pages and
 *   waiters send a command each time. A result with a stream ends the call when the application has the stream.
 * - `error.type` is the code of the service, such as `ResourceNotFoundException`, which then is `rpc.status_code` too.
 *   For an error that did not come from the service it is the error's code or class, such as `ETIMEDOUT`.
 */
export function hookAwsSdk({ exports }: LoadedPackage): Undo {
  const Client: unknown = isObject(exports) ? Reflect.get(exports, 'Client') : undefined;
  const prototype: unknown = isMethod(Client) ? Client.prototype : undefined;
  if (!isObject(prototype)) throw new TypeError('expected a class Client');
  if (hooked.has(prototype)) return () => {};
  const undo = replaceMethod(prototype, 'send', measuredSend);
  hooked.add(prototype);
  return () => {
    hooked.delete(prototype);
    undo();
  };
}

function measuredSend(original: Method): Method {
  return function send(this: unknown, ...args) {
    const [command, options, last] = args;
    const server = safely(WHAT, () => serverOf(this));
    if (server === undefined) return Reflect.apply(original, this, args);
    const startedAt = performance.now();
    const end = (error?: unknown) => void safely(WHAT, () => ended(this, command, server, startedAt, error));
    const at = isMethod(options) ? 1 : 2;
    const callback = isMethod(options) ? options : last;
    if (!isMethod(callback)) {
      const result: unknown = Reflect.apply(original, this, args);
      return (
        whenSettled(
          result,
          () => end(),
          (error) => end(error ?? 'rejected'),
        ) ?? result
      );
    }
    const followedCallback: Method = function (this: unknown, ...results) {
      end(results[0] ?? undefined);
      return Reflect.apply(callback, this, results);
    };
    return Reflect.apply(original, this, args.with(at, followedCallback));
  };
}

function ended(client: unknown, command: unknown, server: Server, startedAt: number, error: unknown): void {
  const seconds = secondsSince(startedAt);
  const method = methods.admit(`${serviceOf(client)}/${operationOf(command)}`);
  server.whenKnown((attributes) => {
    safely(WHAT, () => outcome(method, attributes, error)(seconds));
  });
}

/** As AWS names the service: `DynamoDB`, `Secrets Manager`. */
function serviceOf(client: unknown): string {
  if (!isObject(client)) return '';
  const serviceId: unknown = Reflect.get(configOf(client) ?? {}, 'serviceId');
  return typeof serviceId === 'string' ? serviceId : client.constructor.name.replace(/Client$/, '');
}

/** A command of the document client has the one that it sends. */
function operationOf(command: unknown): string {
  if (!isObject(command)) return '';
  const sent: unknown = Reflect.get(command, 'clientCommand');
  return (isObject(sent) ? sent : command).constructor.name.replace(/Command$/, '');
}

function configOf(client: unknown): EndpointConfig | undefined {
  const config: unknown = isObject(client) ? Reflect.get(client, 'config') : undefined;
  return isObject(config) ? config : undefined;
}

/** Where a client sends its requests. Its calls ask the same, so that the answer is there before they end. */
class Server {
  private attributes: ServerAttributes | undefined;
  private readonly found: Promise<ServerAttributes>;

  constructor(config: EndpointConfig) {
    this.found = awsEndpoint(config).catch(() => {
      // The next call asks again.
      servers.delete(config);
      return {};
    });
    void this.found.then((attributes) => {
      this.attributes = attributes;
    });
  }

  /** Calls it at once, except with a call that has failed before it could ask. */
  whenKnown(record: (attributes: ServerAttributes) => void): void {
    if (this.attributes !== undefined) record(this.attributes);
    else void this.found.then(record);
  }
}

/** By the configuration of a client. */
const servers = new WeakMap<object, Server>();

function serverOf(client: unknown): Server | undefined {
  const config = configOf(client);
  if (config === undefined) return undefined;
  let server = servers.get(config);
  if (server === undefined) {
    server = new Server(config);
    servers.set(config, server);
  }
  return server;
}

const outcomes = new Map<string, Outcome>();
/** Beyond that each call looks its series up. */
const MAX_OUTCOMES = 2000;

function outcome(method: string, server: ServerAttributes, error: unknown): Outcome {
  const type = error === undefined ? undefined : errorType(error);
  const status = isFromService(error) ? type : undefined;
  const key = JSON.stringify([method, server, type, status]);
  let found = outcomes.get(key);
  if (found === undefined) {
    const call = { 'rpc.system.name': 'aws-api', 'rpc.method': method, ...server };
    found = callOutcome('client', call, status, type);
    if (outcomes.size < MAX_OUTCOMES) outcomes.set(key, found);
  }
  return found;
}

/** The SDK says of an error that a service replied with whose fault it is. */
function isFromService(error: unknown): boolean {
  return isObject(error) && '$fault' in error && error.$fault !== undefined;
}
