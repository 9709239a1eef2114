import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Connection } from '../../../../src/hub/processes/connection.ts';
import { type Dialect, ownDialect } from '../../../../src/hub/processes/dialect.ts';
import type { Diff } from '../../../../src/hub/processes/diff.ts';
import type { Hello } from '../../../../src/hub/processes/messages.ts';
import { Outgoing } from '../../../../src/hub/processes/outgoing.ts';
import {
  counter,
  exemplar,
  exponentialHistogram,
  gauge,
  histogram,
  scope,
} from '../../expose/helpers/metrics.ts';

/** A program that sends whatever a test wants to the leader of a service. */
export interface Peer {
  /** Sends any value as a message: the first in JSON, later ones in V8's serialization. */
  send(message: unknown): void;
  /** Resolves once the connection is closed. */
  readonly closed: Promise<void>;
  /** Everything the leader has sent. */
  readonly received: readonly unknown[];
}

export function peerOn(socket: Socket): Peer {
  const received: unknown[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const connection = new Connection<unknown>(
    socket,
    (message) => void received.push(message),
    () => resolve(),
  );
  return { closed, received, send: (message) => connection.send(message) };
}

/** Resolves once the other side has closed the connection. */
export async function sendBytes(socket: Socket, bytes: Uint8Array | string): Promise<void> {
  const closed = once(socket.on('error', () => {}).resume(), 'close');
  socket.write(bytes);
  await closed;
}

/** The first bytes of a message. */
export function lengthOf(bytes: number): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32LE(bytes);
  return header;
}

export function helloOf(id: string, speaks: Dialect = ownDialect()): Hello {
  return {
    speaks,
    service: { name: 'fleet', namespace: '' },
    process: { id, pid: process.pid, started: '', attributes: { 'process.pid': process.pid } },
  };
}

/** One series of every kind of metric. */
export function diffOf(count: number): Diff {
  const attributes = { kind: 'a' };
  const metrics = [
    counter({ name: 'jobs' }, [attributes, count]),
    gauge({ name: 'level' }, [attributes, count]),
    histogram({ name: 'took' }, [
      attributes,
      { boundaries: [1, 10], counts: [count, 1, 0], sum: count },
      [exemplar(0.5, 1_700_000_010, 'a')],
    ]),
    exponentialHistogram({ name: 'size' }, [
      attributes,
      {
        count: count + 2,
        sum: 7,
        zeroCount: 1,
        scale: 3,
        positive: { offset: -2, bucketCounts: [count, 1] },
        negative: { offset: 0, bucketCounts: [] },
      },
    ]),
  ];
  return new Outgoing().update([scope('app', ...metrics)], { isComplete: true }).diff;
}
