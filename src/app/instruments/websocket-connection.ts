import { errorType } from '../../base/error-type.ts';
import { safely, warnOnce } from '../../base/safely.ts';
import type { Observation } from '../observe/observation.ts';
import type { BoundAdder, BoundRecorder } from '../record/api.ts';
import { ObservableRegistry } from './observable-registry.ts';
import { Scope } from './scope.ts';
import type { Measured } from './timed.ts';
import { processReceived } from './websocket-message.ts';
import { websocketMetrics } from './websocket-metrics.ts';
import { type MessageType, type RouteOptions, routeOf } from './websocket-names.ts';

export interface ConnectionOptions extends RouteOptions {
  /** How many bytes wait to be sent, as `bufferedAmount` has it; asked whenever metrics are read. */
  readonly buffered?: (() => number) | undefined;
}

/** One WebSocket connection that is being measured. */
export interface WebSocketConnection extends Measured {
  /** A message of so many bytes of payload came in. */
  received(type: MessageType, bytes: number): void;
  /** A message of so many bytes of payload went out. */
  sent(type: MessageType, bytes: number): void;
  /** The connection had an error: it counts as one, and the connection's duration has its `error.type`. */
  fail(error: unknown): void;
}

export type Outcome = 'accepted' | 'rejected' | 'aborted';

export type Direction = 'receive' | 'transmit';

interface Open {
  readonly route: { readonly 'http.route'?: string };
  readonly buffered: () => number;
}

/** The bound counters of messages in one direction and of one type. */
interface Transfers {
  readonly messages: BoundAdder;
  readonly io: BoundAdder;
}

const open = new ObservableRegistry<Open>('bytes that wait to be sent');

/** Counts an opening handshake; one that was accepted is counted by the connection itself. */
export function countAttempt(outcome: Outcome, options: ConnectionOptions): void {
  websocketMetrics['connection.attempts'].add(1, { ...routeOf(options), 'websocket.outcome': outcome });
}

export class ConnectionScope extends Scope implements WebSocketConnection {
  private readonly state;
  private readonly transfers: Record<Direction, Partial<Record<MessageType, Transfers>>> = {
    receive: {},
    transmit: {},
  };
  private readonly processing: Partial<Record<MessageType, BoundRecorder>> = {};

  constructor(options: ConnectionOptions) {
    super();
    this.state = safely('websocket.connection', () => {
      // Kept, so that a connection ends in the same place as it began in.
      const instruments = { ...websocketMetrics };
      const route = routeOf(options);
      countAttempt('accepted', options);
      instruments['connection.active'].add(1, route);
      const { buffered } = options;
      const observation = typeof buffered === 'function' ? observeBuffer({ route, buffered }) : undefined;
      return { instruments, route, observation };
    });
  }

  received(type: MessageType, bytes: number): void {
    safely('received()', () => this.message('receive', type, bytes));
  }

  sent(type: MessageType, bytes: number): void {
    safely('sent()', () => this.message('transmit', type, bytes));
  }

  override fail(error: unknown): void {
    super.fail(error);
    safely('fail()', () => {
      if (this.state === undefined) return;
      const { instruments, route } = this.state;
      instruments.errors.add(1, { ...route, 'error.type': errorType(error) });
    });
  }

  /** Counts payload, and a message unless the payload is a fragment with more to come. */
  transferred(direction: Direction, type: MessageType, bytes: number, complete: boolean): void {
    const transfers = this.transfers[direction][type] ?? this.bind(direction, type);
    if (complete) transfers?.messages.add(1);
    transfers?.io.add(bytes);
  }

  /** Runs the listeners of a message that came in, and times them unless they have themselves timed. */
  process<T>(type: MessageType, listeners: () => T): T {
    return processReceived({ route: this.state?.route ?? {}, type }, listeners, (seconds) => {
      if (this.state === undefined) return;
      const { instruments, route } = this.state;
      this.processing[type] ??= instruments['process.duration'].bind({
        ...route,
        'websocket.message.type': type,
      });
      this.processing[type].record(seconds);
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { instruments, route, observation } = this.state;
    observation?.stop();
    instruments['connection.active'].add(-1, route);
    const ending = failure === undefined ? route : { ...route, 'error.type': failure };
    instruments['connection.duration'].record(seconds, ending);
  }

  private message(direction: Direction, type: MessageType, bytes: number): void {
    if ((type === 'text' || type === 'binary') && Number.isSafeInteger(bytes) && bytes >= 0) {
      this.transferred(direction, type, bytes, true);
    } else {
      warnOnce('message', "a message is 'text' or 'binary' and has a number of bytes; others are ignored.");
    }
  }

  private bind(direction: Direction, type: MessageType): Transfers | undefined {
    if (this.state === undefined) return undefined;
    const { instruments, route } = this.state;
    const attributes = { ...route, 'websocket.io.direction': direction, 'websocket.message.type': type };
    const bound = { messages: instruments.messages.bind(attributes), io: instruments.io.bind(attributes) };
    this.transfers[direction][type] = bound;
    return bound;
  }
}

function observeBuffer(connection: Open): Observation {
  open.register(websocketMetrics.buffered, (result) => {
    const byRoute = new Map<string | undefined, number>();
    open.forEach(({ route, buffered }) => {
      const key = route['http.route'];
      byRoute.set(key, (byRoute.get(key) ?? 0) + buffered());
    });
    for (const [key, bytes] of byRoute) result.observe(bytes, key === undefined ? {} : { 'http.route': key });
  });
  return open.add(connection);
}
