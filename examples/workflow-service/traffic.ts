import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client, type LiveConnection } from './traffic-client.ts';
import { converse } from './traffic-conversations.ts';
import { TrafficReport } from './traffic-report.ts';

export interface TrafficOptions {
  /** The service's URL, such as `http://localhost:3000`. */
  readonly url: string;
  /** The token for `/admin`. */
  readonly token: string;
  /** The number of times to run the plan; Infinity to run it until `signal` aborts. */
  readonly rounds: number;
  /** HTTP requests per second. Default: as fast as the service answers. */
  readonly rate?: number;
  /** Number of WebSocket connections to leave open after the last round. Default: none. */
  readonly leaveOpen?: number;
  /** Ends the traffic early. */
  readonly signal?: AbortSignal;
}

export interface Traffic {
  /** Exact counts of the traffic. */
  readonly report: TrafficReport;
  /** Closes the connections that are still open. */
  close(): Promise<void>;
}

const ORGANISATIONS = ['acme', 'globex', 'initech'];

/** The workflows of a round: their outcome (that of the last executed node) and their nodes. */
const RUNS = [
  { workflow: 'digest', outcome: 'success', nodes: 'generate sort hash' },
  { workflow: 'archive', outcome: 'success', nodes: 'generate sort hash compress write verify' },
  {
    workflow: 'damaged-archive',
    outcome: 'failure',
    nodes: 'generate sort hash compress write damage verify',
  },
] as const;

/** `error.type` of a damaged archive: zlib's code for a truncated file. */
const DAMAGED = 'Z_BUF_ERROR';

/** `error.type` of a run whose id is taken: SQLite's code for a duplicate primary key. */
const DUPLICATE = '1555';

/** Uses the service over HTTP and WebSocket by a fixed plan, and counts everything exactly. */
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

/** Requests without an organisation; one of their paths is different in each round. */
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

/** The actions of one organisation: it runs workflows, watches them finish, and reads them. */
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
