import type { IncomingMessage, Server } from 'node:http';
import { auth, errors, rateLimit, websocket } from 'pitot/instruments';
import { type WebSocket, WebSocketServer } from 'ws';
import { relay } from './metrics.ts';
import { type Answer, parseRequest, RelayError, type Request } from './protocol.ts';
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
  private readonly limiter = rateLimit.limiter({ name: 'messages' });

  constructor(server: Server, token: string) {
    this.token = token;
    const verifyClient = ({ req }: { req: IncomingMessage }) => this.isKnown(req);
    this.sockets = websocket.server(new WebSocketServer({ server, path: '/relay', verifyClient }), {
      route: '/relay',
    });
    this.sockets.on('connection', (socket) => this.accept(socket));
  }

  get connections(): number {
    return this.sockets.clients.size;
  }

  close(): void {
    this.sockets.close();
    for (const socket of this.sockets.clients) socket.close(1001, 'the relay ends');
    this.sessions.shutDown();
    this.runs.close();
  }

  /** The scope form: the attempt ends with the block. */
  private isKnown({ headers, url = '/' }: IncomingMessage): boolean {
    using attempt = auth.attempt({ method: 'bearer' });
    const given =
      headers.authorization?.replace('Bearer ', '') ?? new URL(url, 'http://relay').searchParams.get('token');
    if (given === this.token) return true;
    attempt.fail(given === null ? 'no_token' : 'wrong_token');
    return false;
  }

  private accept(socket: WebSocket): void {
    let used = 0;
    const renewal = setInterval(() => {
      used = 0;
    }, 60_000).unref();
    const opened = new Set<string>();
    socket.on('message', (data: Buffer) => {
      const request = parseRequest(data.toString());
      relay['message.received'].add(1, { type: request?.type ?? 'invalid' });
      // The function form. It measures until the promise settles.
      return websocket.message({ name: request?.type ?? 'invalid' }, async () => {
        const isAllowed = ++used <= MESSAGES_PER_MINUTE;
        this.limiter[isAllowed ? 'allowed' : 'limited'](used, MESSAGES_PER_MINUTE);
        send(socket, isAllowed ? await this.answer(request, opened) : { type: 'error', error: 'slow_down' });
      });
    });
    socket.on('error', (error) => errors.count(error, { origin: 'connection', severity: 'warn' }));
    socket.on('close', () => {
      clearInterval(renewal);
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
      errors.count(error, { origin: isOurs ? 'tool' : 'client', severity: isOurs ? 'error' : 'warn' });
      return { type: 'error', error: error instanceof RelayError ? error.code : 'internal' };
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
    relay['message.pending'].add(change);
  }
}

function send(socket: WebSocket, answer: Answer): void {
  socket.send(JSON.stringify(answer));
  relay['message.sent'].add(1, { type: answer.type });
}
