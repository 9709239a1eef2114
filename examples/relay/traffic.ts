import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Answer, Request } from './protocol.ts';

/** The traffic so far, as its clients counted it. */
export interface Report {
  rounds: number;
  readonly connections: Record<'accepted' | 'rejected', number>;
  readonly sent: Record<string, number>;
  readonly received: Record<string, number>;
  /** By tool and outcome. */
  readonly sessions: Record<string, number>;
  limited: number;
}

/** Where the relay is, and what lets a client in. */
export interface Target {
  /** Such as `ws://localhost:3002`. */
  readonly url: string;
  readonly token: string;
  /** The authority of the relay's certificate, if Node.js does not know it. */
  readonly ca?: Buffer | undefined;
}

interface Nonsense {
  readonly type: 'nonsense';
}

/** A client that waits for the answer to each message. */
export class Client {
  private readonly socket: WebSocket;
  private readonly answers: Answer[] = [];

  constructor({ url, token, ca }: Target) {
    this.socket = new WebSocket(`${url}/relay`, {
      headers: { authorization: `Bearer ${token}` },
      ...(ca && { ca }),
    });
    this.socket.on('message', (data: Buffer) => {
      this.answers.push(JSON.parse(data.toString()));
      this.socket.emit('answer');
    });
  }

  /** Returns whether the relay accepted the connection. */
  async connect(): Promise<boolean> {
    return once(this.socket, 'open').then(
      () => true,
      () => false,
    );
  }

  async ask(request: Request | Nonsense): Promise<Answer> {
    this.socket.send(JSON.stringify(request));
    while (this.answers.length === 0) await once(this.socket, 'answer');
    return this.answers.shift()!;
  }

  async close(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }
}

export interface TrafficOptions {
  /** Milliseconds between two rounds. */
  readonly every: number;
  readonly rounds: number;
  readonly signal: AbortSignal;
}

/** Makes rounds of traffic, beside a client that stays connected. */
export async function runTraffic(target: Target, { every, rounds, signal }: TrafficOptions): Promise<Report> {
  const report: Report = {
    rounds: 0,
    connections: { accepted: 0, rejected: 0 },
    sent: {},
    received: {},
    sessions: {},
    limited: 0,
  };
  await withClient(target, report, async () => {
    while (report.rounds < rounds && !signal.aborted) {
      await runRound(target, report);
      await pause(every, undefined, { signal }).catch(() => {});
    }
  });
  return report;
}

/** One round: a client with a wrong token, two that work, one whose tool is offline, and one that sends too much. */
async function runRound(target: Target, report: Report): Promise<void> {
  const stranger = new Client({ ...target, token: 'wrong' });
  report.connections[(await stranger.connect()) ? 'accepted' : 'rejected'] += 1;
  await Promise.all([
    withClient(target, report, (ask) => work(ask, report, 'text')),
    withClient(target, report, (ask) => work(ask, report, 'digest')),
    withClient(target, report, async (ask) => {
      add(report.sessions, `offline ${outcomeOf(await ask({ type: 'open', tool: 'offline' }))}`);
      await ask({ type: 'nonsense' });
    }),
    withClient(target, report, async (ask) => {
      for (let i = 0; i < 53; i++) if ((await ask({ type: 'ping' })).type === 'error') report.limited += 1;
    }),
  ]);
  report.rounds += 1;
}

type Ask = Client['ask'];

async function withClient(target: Target, report: Report, use: (ask: Ask) => Promise<void>): Promise<void> {
  const client = new Client(target);
  report.connections[(await client.connect()) ? 'accepted' : 'rejected'] += 1;
  await use(async (request) => {
    const answer = await client.ask(request);
    add(report.sent, request.type === 'nonsense' ? 'invalid' : request.type);
    add(report.received, answer.type);
    return answer;
  });
  await client.close();
}

async function work(ask: Ask, report: Report, tool: string): Promise<void> {
  const opened = await ask({ type: 'open', tool });
  add(report.sessions, `${tool} ${outcomeOf(opened)}`);
  if (opened.type !== 'opened') return;
  const { session } = opened;
  for (let i = 0; i < 10; i++) await ask({ type: 'run', session, input: `input ${i}` });
  await ask({ type: 'close', session });
}

function outcomeOf({ type }: Answer): string {
  return type === 'opened' ? 'success' : 'failure';
}

function add(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
