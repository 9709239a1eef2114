import type { Attributes } from '@opentelemetry/api';
import { BoundedValues } from './bounded-values.ts';
import { errorType } from './error-type.ts';
import { lazily } from './meter.ts';
import { quietly, warnOnce } from './quietly.ts';
import { Scope } from './scope.ts';
import type { Measured } from './timed.ts';

export interface ConnectionOptions {
  /** `http.route`: the path that is connected to, as a template such as `/orgs/:org/live`. */
  readonly route?: string | undefined;
}

export type MessageType = 'text' | 'binary';

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

const instruments = lazily((meter) => ({
  attempts: meter.createCounter('websocket.server.connection.attempts', {
    unit: '{attempt}',
    description: 'Number of opening handshakes, by outcome.',
  }),
  active: meter.createUpDownCounter('websocket.server.connection.active', {
    unit: '{connection}',
    description: 'Number of connections that are open.',
  }),
  duration: meter.createHistogram('websocket.server.connection.duration', {
    unit: 's',
    description: 'Duration of connections.',
    advice: {
      explicitBucketBoundaries: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
    },
  }),
  messages: meter.createCounter('websocket.server.messages', {
    unit: '{message}',
    description: 'Number of messages, by direction and type.',
  }),
  io: meter.createCounter('websocket.server.io', {
    unit: 'By',
    description: 'Payload of messages before compression, by direction and type.',
  }),
  errors: meter.createCounter('websocket.server.errors', {
    unit: '{error}',
    description: 'Number of errors of connections.',
  }),
}));

const routes = new BoundedValues('http.route', /^\/[^\s?#]{0,255}$/);

/** Counts an opening handshake; one that was accepted is counted by the connection itself. */
export function countAttempt(outcome: Outcome, options: ConnectionOptions): void {
  instruments().attempts.add(1, { ...attributesOf(options), 'websocket.outcome': outcome });
}

export class ConnectionScope extends Scope implements WebSocketConnection {
  private readonly begun;

  constructor(options: ConnectionOptions) {
    super();
    this.begun = quietly('websocket.connection', () => {
      const begun = { instruments: instruments(), attributes: attributesOf(options) };
      countAttempt('accepted', options);
      begun.instruments.active.add(1, begun.attributes);
      return begun;
    });
  }

  received(type: MessageType, bytes: number): void {
    quietly('received()', () => this.message('receive', type, bytes));
  }

  sent(type: MessageType, bytes: number): void {
    quietly('sent()', () => this.message('transmit', type, bytes));
  }

  override fail(error: unknown): void {
    super.fail(error);
    quietly('fail()', () => {
      if (this.begun === undefined) return;
      const { instruments, attributes } = this.begun;
      instruments.errors.add(1, { ...attributes, 'error.type': errorType(error) });
    });
  }

  /** Counts payload, and a message unless the payload is a fragment with more to come. */
  transferred(direction: Direction, type: MessageType, bytes: number, complete: boolean): void {
    if (this.begun === undefined) return;
    const { instruments } = this.begun;
    const attributes = {
      ...this.begun.attributes,
      'websocket.io.direction': direction,
      'websocket.message.type': type,
    };
    if (complete) instruments.messages.add(1, attributes);
    instruments.io.add(bytes, attributes);
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.begun === undefined) return;
    const { instruments, attributes } = this.begun;
    instruments.active.add(-1, attributes);
    const ending = failure === undefined ? attributes : { ...attributes, 'error.type': failure };
    instruments.duration.record(seconds, ending);
  }

  private message(direction: Direction, type: MessageType, bytes: number): void {
    if ((type === 'text' || type === 'binary') && Number.isSafeInteger(bytes) && bytes >= 0) {
      this.transferred(direction, type, bytes, true);
    } else {
      warnOnce('message', "a message is 'text' or 'binary' and has a number of bytes; others are ignored.");
    }
  }
}

function attributesOf({ route }: ConnectionOptions): Attributes {
  return route === undefined ? {} : { 'http.route': routes.admit(route) };
}
