import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client, type LiveConnection } from './traffic-client.ts';
import { converse } from './traffic-conversations.ts';
import { TrafficReport } from './traffic-report.ts';

export interface TrafficOptions {
  /** Where the service is, as `http://localhost:3000`. */
  readonly url: string;
  /** What `/admin` asks for. */
  readonly token: string;
  /** How often the same plan is gone through; Infinity until `signal` says otherwise. */
  readonly rounds: number;
  /** HTTP requests a second; as fast as they are answered unless told otherwise. */
  readonly rate?: number;
  /** WebSocket connections that are still open when the last round is over; none unless told otherwise. */
  readonly leaveOpen?: number;
  /** Ends the traffic early. */
  readonly signal?: AbortSignal;
}

export interface Traffic {
  /** Exactly what was done. */
  readonly report: TrafficReport;
  /** Closes the connections that were left open. */
  close(): Promise<void>;
}

const ORGANISATIONS = ['acme', 'globex', 'initech'];

/** The workflows of a round: their outcome, which is that of the last node they execute, and their nodes. */
const RUNS = [
  { workflow: 'digest', outcome: 'success', nodes: 'generate sort hash' },
  { workflow: 'archive', outcome: 'success', nodes: 'generate sort hash compress write verify' },
  {
    workflow: 'damaged-archive',
    outcome: 'failure',
    nodes: 'generate sort hash compress write damage verify',
  },
] as const;

/** `error.type` of a damaged archive: zlib's code for one that ends too early. */
const DAMAGED = 'Z_BUF_ERROR';

/** `error.type` of a run whose id is taken: SQLite's code for a primary key that is there already. */
const DUPLICATE = '1555';

/** Uses the service over HTTP and WebSocket, by a fixed plan, and keeps exact account of it. */
export async function runTraffic(options: TrafficOptions): Promise<Traffic> {
  const { url, token, rounds, leaveOpen = 0, rate = Number.POSITIVE_INFINITY } = options;
  const { signal = new AbortController().signal } = options;
  const report = new TrafficReport();
  const client = new Client({ url, rate, signal, report });
  const open: LiveConnection[] = [];
  try {
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      const org = ORGANISATIONS[round % ORGANISATIONS.length] ?? 'acme';
      await browse(client, { round, token, report });
      await work(client, org, report);
      await converse(client, round, report);
    }
    while (open.length < leaveOpen) open.push(await client.connect('/live?org=nobody'));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return {
    report,
    close: async () => {
      await Promise.all(open.map((connection) => connection.close()));
    },
  };
}

/** Requests that touch no organisation; among them a path that no two rounds share. */
async function browse(
  client: Client,
  { round, token, report }: { round: number; token: string; report: TrafficReport },
): Promise<void> {
  await client.request('GET', '/workflows', { route: '/workflows', status: 200 });
  await client.request('GET', '/workflows/archive', { route: '/workflows/:name', status: 200 });
  await client.request('GET', '/workflows/none', { route: '/workflows/:name', status: 404 });
  await client.request('GET', `/nowhere/${round}`, { route: null, status: 404 });
  await client.request('GET', '/admin/stats', { route: null, status: 401 });
  report.attempts.add({ method: 'bearer', outcome: 'failure', error: 'no_token' });
  report.attempts.add({ method: 'bearer', outcome: 'success', error: null });
  const outcomes = await client.request('GET', '/admin/stats', { route: '/admin/stats', status: 200, token });
  assert.ok(Array.isArray(outcomes));
  countSelect(report, 'runs', outcomes.length);
  await client.connectInVain('/live');
}

/** What an organisation does: run workflows, watch them finish, look at them. */
async function work(client: Client, org: string, report: TrafficReport): Promise<void> {
  const live = await client.connect(`/live?org=${org}`);
  try {
    live.send('hello, añ€😀');
    assert.equal(await live.next(), 'hello, añ€😀');
    live.send(new ArrayBuffer(1000));
    assert.equal(Buffer.byteLength(await live.next()), 32);

    const ids = [];
    for (const run of RUNS) ids.push(await runWorkflow(client, live, { ...run, org, report }));
    await lookAtRuns(client, { org, id: ids.at(-1) ?? '', report });
  } finally {
    await live.close();
  }
}

async function runWorkflow(
  client: Client,
  live: LiveConnection,
  { workflow, outcome, nodes, org, report }: (typeof RUNS)[number] & { org: string; report: TrafficReport },
): Promise<string> {
  const id = randomUUID();
  const finished = { id, org, workflow, outcome };
  const route = '/orgs/:org/runs';
  const answer = await client.request('POST', `/orgs/${org}/runs`, {
    route,
    status: 201,
    body: { workflow, id },
  });
  assert.deepEqual(answer, finished);
  assert.deepEqual(JSON.parse(String(await live.next())), finished);
  report.runs.add({ workflow, outcome });
  const types = nodes.split(' ');
  for (const [i, type] of types.entries()) {
    report.steps.add({ workflow, type, outcome: i === types.length - 1 ? outcome : 'success' });
  }
  if (outcome === 'failure') report.errors.add({ type: DAMAGED, severity: 'warn', origin: 'workflow' });
  report.nodes.add({ workflow }, types.length);
  report.operations.add({ operation: 'INSERT', collection: 'runs', error: null });
  report.operations.add({ operation: 'INSERT', collection: 'nodes', error: null }, types.length);
  report.operations.add({ operation: 'UPDATE', collection: 'runs', error: null });
  return id;
}

async function lookAtRuns(
  client: Client,
  { org, id, report }: { org: string; id: string; report: TrafficReport },
): Promise<void> {
  const runs = `/orgs/${org}/runs`;
  const all = await client.request('GET', runs, { route: '/orgs/:org/runs', status: 200 });
  assert.ok(Array.isArray(all));
  countSelect(report, 'runs', all.length);

  await client.request('GET', `${runs}/${id}`, { route: '/orgs/:org/runs/:id', status: 200 });
  countSelect(report, 'runs', 1);
  countSelect(report, 'nodes', 7);

  await client.request('GET', `${runs}/none`, { route: '/orgs/:org/runs/:id', status: 404 });
  countSelect(report, 'runs', 0);

  const again = { workflow: 'digest', id };
  await client.request('POST', runs, { route: '/orgs/:org/runs', status: 409, body: again });
  report.operations.add({ operation: 'INSERT', collection: 'runs', error: DUPLICATE });

  await client.request('POST', runs, { route: '/orgs/:org/runs', status: 404, body: { workflow: 'none' } });
  await client.request('GET', `/orgs/${org}/export`, { route: '/orgs/:org/export', status: 500 });
  report.errors.add({ type: 'Error', severity: 'error', origin: 'http' });
}

function countSelect(report: TrafficReport, collection: string, rows: number): void {
  report.operations.add({ operation: 'SELECT', collection, error: null });
  report.rows.add({ collection }, rows);
}
