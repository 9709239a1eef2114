import { BoundedValues } from '../../base/bounded-values.ts';
import { errorType } from '../../base/error-type.ts';
import { safely } from '../../base/safely.ts';
import { Scope } from './scope.ts';
import { websocketMetrics } from './websocket-metrics.ts';
import { type MessageType, type RouteOptions, routeOf } from './websocket-names.ts';

export interface MessageOptions extends RouteOptions {
  /** `websocket.message.name`: what sort of message it is to the application, as `subscribe`. */
  readonly name?: string | undefined;
  /** `websocket.message.type`. */
  readonly type?: MessageType | undefined;
}

/** A message whose listeners are being run. */
interface Received {
  readonly route: { readonly 'http.route'?: string };
  readonly type: MessageType;
}

const names = new BoundedValues('websocket.message.name', /^[A-Za-z][\w.:/-]{0,63}$/);

let current: { readonly received: Received; isTimed: boolean } | undefined;

/**
 * Runs the listeners of a message, and has the seconds that took recorded. When one of them begins a
 * measurement of its own, by `websocket.message`, that takes the place of this one.
 */
export function processReceived<T>(
  received: Received,
  listeners: () => T,
  record: (seconds: number) => void,
): T {
  const outer = current;
  const mine = { received, isTimed: false };
  const startedAt = performance.now();
  current = mine;
  try {
    const result = listeners();
    if (!mine.isTimed) safely('a message', () => record((performance.now() - startedAt) / 1000));
    return result;
  } catch (error) {
    if (!mine.isTimed) {
      safely('a message', () => {
        const { route, type } = received;
        const seconds = (performance.now() - startedAt) / 1000;
        const failed = { ...route, 'websocket.message.type': type, 'error.type': errorType(error) };
        websocketMetrics['process.duration'].record(seconds, failed);
      });
    }
    throw error;
  } finally {
    current = outer;
  }
}

/** The processing of a message as the application tells of it. */
export class MessageScope extends Scope {
  private readonly state;

  constructor(options: MessageOptions) {
    super();
    this.state = safely('websocket.message', () => {
      if (current !== undefined) current.isTimed = true;
      const { received } = current ?? {};
      const { route, name, type = received?.type } = options;
      const message = {
        ...(route === undefined ? received?.route : routeOf({ route })),
        ...((type === 'text' || type === 'binary') && { 'websocket.message.type': type }),
        ...(name !== undefined && { 'websocket.message.name': names.admit(name) }),
      };
      return { duration: websocketMetrics['process.duration'], message };
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { duration, message } = this.state;
    duration.record(seconds, failure === undefined ? message : { ...message, 'error.type': failure });
  }
}
