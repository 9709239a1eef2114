import type { IncomingMessage, Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Answer, parseRequest, RelayError, type Request } from '../../examples/relay/protocol.ts';
import {
  activeConnections,
  authAttempts,
  connectionAttempts,
  connectionDuration,
  errorsTotal,
  messageBytes,
  messageDuration,
  messagesPending,
  messagesReceived,
  messagesSent,
  rateLimitDecisions,
} from './metrics.ts';
import { Runs } from './runs.ts';
import { Sessions } from './sessions.ts';

/** Messages that one connection may send in a minute. */
const MESSAGES_PER_MINUTE = 50;

/** Takes WebSocket connections at `/relay` and connects them to tools. */
export class Relay {
  readonly sessions = new Sessions();
  readonly runs = new Runs();
  pending = 0;
  private readonly token: string;
  private readonly sockets: WebSocketServer;

  constructor(server: Server, token: string) {
    this.token = token;
    const verifyClient = ({ req }: { req: IncomingMessage }) => {
      const isKnown = this.isKnown(req);
      if (!isKnown) connectionAttempts.inc({ status: 'rejected' });
      return isKnown;
    };
    this.sockets = new WebSocketServer({ server, path: '/relay', verifyClient });
    this.sockets.on('connection', (socket) => this.accept(socket));
  }

  get connections(): number {
    return this.sockets.clients.size;
  }

  close(): void {
    this.sockets.close();
    for (const socket of this.sockets.clients) socket.close(1001, 'the relay ends');
    this.sessions.shutDown();
  }

  private isKnown({ headers, url = '/' }: IncomingMessage): boolean {
    const given =
      headers.authorization?.replace('Bearer ', '') ?? new URL(url, 'http://relay').searchParams.get('token');
    if (given === this.token) {
      authAttempts.inc({ outcome: 'success', reason: '' });
      return true;
    }
    authAttempts.inc({ outcome: 'failure', reason: given === null ? 'no_token' : 'wrong_token' });
    return false;
  }

  private accept(socket: WebSocket): void {
    connectionAttempts.inc({ status: 'accepted' });
    activeConnections.inc();
    const endConnection = connectionDuration.startTimer();
    let used = 0;
    const renewal = setInterval(() => {
      used = 0;
    }, 60_000).unref();
    const opened = new Set<string>();
    socket.on('message', async (data: Buffer) => {
      const request = parseRequest(data.toString());
      const type = request?.type ?? 'invalid';
      messagesReceived.inc({ type });
      messageBytes.inc({ direction: 'in' }, data.length);
      const endMessage = messageDuration.startTimer({ type });
      const isAllowed = ++used <= MESSAGES_PER_MINUTE;
      rateLimitDecisions.inc({ outcome: isAllowed ? 'allowed' : 'limited' });
      send(socket, isAllowed ? await this.answer(request, opened) : { type: 'error', error: 'slow_down' });
      endMessage();
    });
    socket.on('error', (error) => errorsTotal.inc({ type: error.name, severity: 'warn' }));
    socket.on('close', () => {
      clearInterval(renewal);
      activeConnections.dec();
      endConnection();
      for (const id of opened) this.sessions.close(id);
    });
  }

  /** Never throws: the client is told the code of a failure, and nothing else. */
  private async answer(request: Request | undefined, opened: Set<string>): Promise<Answer> {
    this.count(1);
    try {
      if (request === undefined) throw new RelayError('invalid_message');
      return await this.serve(request, opened);
    } catch (error) {
      const isOurs = request?.type === 'open' || request?.type === 'run';
      const type = error instanceof RelayError ? error.code : 'internal';
      errorsTotal.inc({ type, severity: isOurs ? 'error' : 'warn' });
      return { type: 'error', error: type };
    } finally {
      this.count(-1);
    }
  }

  private async serve(request: Request, opened: Set<string>): Promise<Answer> {
    switch (request.type) {
      case 'ping':
        return { type: 'pong' };
      case 'open': {
        const session = await this.sessions.create(request.tool);
        opened.add(session);
        return { type: 'opened', session };
      }
      case 'run': {
        const output = await this.runs.add(() => this.sessions.run(request.session, request.input));
        return { type: 'result', output: output.subarray(0, 1000).toString() };
      }
      case 'close':
        this.sessions.close(request.session);
        opened.delete(request.session);
        return { type: 'closed' };
    }
  }

  private count(change: 1 | -1): void {
    this.pending += change;
    messagesPending.inc(change);
  }
}

function send(socket: WebSocket, answer: Answer): void {
  const text = JSON.stringify(answer);
  socket.send(text);
  messagesSent.inc({ type: answer.type });
  messageBytes.inc({ direction: 'out' }, Buffer.byteLength(text));
}
