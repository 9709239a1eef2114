import { setTimeout as pause } from 'node:timers/promises';

/** The traffic so far, as its clients counted it. */
export interface Report {
  rounds: number;
  /** By route and status. */
  readonly requests: Record<string, number>;
  bytesSent: number;
  bytesReceived: number;
}

export interface TrafficOptions {
  readonly url: string;
  /** Milliseconds between two rounds. */
  readonly every: number;
  readonly rounds: number;
  readonly signal: AbortSignal;
}

/** Clients at the same time, so that all processes of the service have something to do. */
const CLIENTS = 4;

/** Makes rounds of traffic. Each client of each round has an account of its own. */
export async function runTraffic({ url, every, rounds, signal }: TrafficOptions): Promise<Report> {
  const report: Report = { rounds: 0, requests: {}, bytesSent: 0, bytesReceived: 0 };
  while (report.rounds < rounds && !signal.aborted) {
    const first = 1 + report.rounds * CLIENTS;
    await Promise.all(Array.from({ length: CLIENTS }, (_, i) => runClient(url, first + i, report)));
    report.rounds += 1;
    await pause(every, undefined, { signal }).catch(() => {});
  }
  return report;
}

async function runClient(url: string, id: number, report: Report): Promise<void> {
  const ask = async (method: string, path: string, route: string, body?: object | Buffer) => {
    const isBytes = body instanceof Buffer;
    const sent = body === undefined || isBytes ? body : Buffer.from(JSON.stringify(body));
    const response = await fetch(url + path, {
      method,
      ...(sent && { body: new Uint8Array(sent) }),
      headers: { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' },
    });
    const received = Buffer.from(await response.arrayBuffer());
    const key = `${response.status} ${route}`.trim();
    report.requests[key] = (report.requests[key] ?? 0) + 1;
    report.bytesSent += sent?.length ?? 0;
    report.bytesReceived += received.length;
    return received.length === 0 ? undefined : received.toString();
  };
  const runTask = async (task: { name: string; input?: string }) => {
    const { id: uuid } = JSON.parse((await ask('POST', '/tasks', '/tasks', task)) ?? '{}');
    await ask('POST', `/tasks/${uuid}/run`, '/tasks/{uuid}/run');
  };
  await ask('POST', '/accounts', '/accounts', { id, name: `account ${id}` });
  // The first answer is the database's, the second the cache's.
  for (let i = 0; i < 2; i++) await ask('GET', `/accounts/${id}`, '/accounts/{id}');
  await ask('GET', `/accounts/${id + 1_000_000}`, '/accounts/{id}');
  if (id % 2 === 0)
    await ask('PUT', `/accounts/${id}/status`, '/accounts/{id}/status', { status: 'blocked' });
  await runTask({ name: 'clean-up' });
  await runTask({ name: 'report', input: 'accounts' });
  if (id % 4 === 0) await runTask({ name: 'report' });
  await ask('POST', `/scripts/${id}`, '/scripts/{id}', Buffer.alloc(20_000, 's'));
  await ask('GET', '/export', '/export');
  await ask('GET', '/nothing', '');
}
