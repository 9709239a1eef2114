import type { Socket } from 'node:net';
import type { BoundAdder } from '../../record/api.ts';
import { attributesOf } from './client-metrics.ts';
import type { HttpAttributes, HttpInstruments } from './instruments.ts';
import type { Peer } from './peer.ts';

const OPEN = Symbol('pitot.openConnection');

type ClientSocket = Socket & { encrypted?: boolean; [OPEN]?: OpenConnection };

/** An established connection to a peer. */
interface OpenConnection {
  readonly openedAt: number;
  readonly series: PeerSeries;
  /** Requests in progress: more than one only over HTTP/2 or with pipelining. */
  requests: number;
}

interface PeerSeries {
  readonly active: BoundAdder;
  readonly idle: BoundAdder;
  readonly attributes: HttpAttributes<'http.client.connection.duration'>;
}

/** `http.client.open_connections` and `http.client.connection.duration` of established connections. */
export class ClientConnections {
  private readonly open: HttpInstruments['http.client.open_connections'];
  private readonly duration: HttpInstruments['http.client.connection.duration'];
  private readonly series = new WeakMap<Peer, PeerSeries>();
  private stopped = false;

  constructor(instruments: HttpInstruments) {
    this.open = instruments['http.client.open_connections'];
    this.duration = instruments['http.client.connection.duration'];
  }

  /** A connection has been established. */
  established(socket: Socket, peer: Peer): void {
    const connection = socket as ClientSocket;
    if (this.stopped || connection[OPEN] !== undefined || socket.destroyed) return;
    const series = this.seriesOf(peer);
    connection[OPEN] = { openedAt: performance.now(), series, requests: 0 };
    series.idle.add(1);
    const close = () => this.close(connection);
    socket.once('close', close);
    // The agent releases a connection that switches to another protocol.
    socket.once('agentRemove', close);
  }

  /** A request begins to use a connection. If the connection is still being established, it counts from then on. */
  begin(socket: Socket, peer: Peer): void {
    if (socket.connecting) {
      const connected = 'encrypted' in socket ? 'secureConnect' : 'connect';
      socket.once(connected, () => {
        this.established(socket, peer);
        this.use(socket, 1);
      });
    } else {
      this.established(socket, peer);
      this.use(socket, 1);
    }
  }

  /** A request no longer uses a connection. */
  end(socket: Socket): void {
    this.use(socket, -1);
  }

  /** Ends recording. */
  stop(): void {
    this.stopped = true;
  }

  private use(socket: ClientSocket, change: 1 | -1): void {
    const { [OPEN]: connection } = socket;
    if (this.stopped || connection === undefined) return;
    const wasActive = connection.requests > 0;
    connection.requests = Math.max(0, connection.requests + change);
    const isActive = connection.requests > 0;
    if (wasActive === isActive) return;
    connection.series.active.add(change);
    connection.series.idle.add(-change);
  }

  private close(socket: ClientSocket): void {
    const { [OPEN]: connection } = socket;
    if (this.stopped || connection === undefined) return;
    delete socket[OPEN];
    const { active, idle, attributes } = connection.series;
    (connection.requests > 0 ? active : idle).add(-1);
    this.duration.record((performance.now() - connection.openedAt) / 1000, attributes);
  }

  private seriesOf(peer: Peer): PeerSeries {
    let series = this.series.get(peer);
    if (series === undefined) {
      const attributes = attributesOf(peer);
      series = {
        active: this.open.bind({ ...attributes, 'http.connection.state': 'active' }),
        idle: this.open.bind({ ...attributes, 'http.connection.state': 'idle' }),
        attributes,
      };
      this.series.set(peer, series);
    }
    return series;
  }
}
