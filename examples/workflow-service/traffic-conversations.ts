import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Client } from './traffic-client.ts';
import type { TrafficReport } from './traffic-report.ts';

/** The users, who log in by turns. Only the first has a name in metrics. */
const USERS = [
  { user: 'ada', password: 'analytical', team: 'research' },
  { user: 'grace', password: 'compiler', team: null },
] as const;

/** The questions of a session, with the expected finish reason and tokens of each answer. */
const QUESTIONS = [
  { question: 'is it so', answer: 'so it is', finish: 'stop', input: 3, output: 3 },
  {
    question: 'one two three four five six seven',
    answer: 'seven six five four three',
    finish: 'length',
    input: 7,
    output: 5,
  },
] as const;

/** A user logs in after failed attempts, asks more questions than allowed, and logs out. */
export async function converse(client: Client, round: number, report: TrafficReport): Promise<void> {
  const { user, password, team } = USERS[round % USERS.length] ?? USERS[0];
  await logInInVain(client, { user, password: 'guess' }, 'wrong_password', report);
  await logInInVain(client, { user: randomUUID(), password }, 'unknown_user', report);
  const session = await client.request('POST', '/sessions', {
    route: '/sessions',
    status: 201,
    body: { user, password },
  });
  report.attempts.add({ method: 'password', outcome: 'success', error: null });
  report.sessions.add({ team });
  const id = String(Reflect.get(Object(session), 'id'));

  await client.request('POST', '/assistant', {
    route: '/assistant',
    status: 401,
    body: { question: 'who am I' },
  });
  report.attempts.add({ method: 'session', outcome: 'failure', error: 'no_session' });

  for (const { question, answer, finish, input, output } of QUESTIONS) {
    assert.equal(await ask(client, { question, id, status: 200 }, report), answer);
    report.decisions.add({ outcome: 'allowed', team });
    report.modelCalls.add({ error: null });
    report.responses.add({ finish });
    report.tokens.add({ type: 'input' }, input);
    report.tokens.add({ type: 'output' }, output);
    report.chunks.add({}, output);
  }
  await ask(client, { question: 'please overload', id, status: 503 }, report);
  report.decisions.add({ outcome: 'allowed', team });
  report.modelCalls.add({ error: 'model_overloaded' });
  report.errors.add({ type: 'model_overloaded', severity: 'error', origin: 'http' });

  await ask(client, { question: 'and once more', id, status: 429 }, report);
  report.decisions.add({ outcome: 'limited', team });

  await client.request('DELETE', `/sessions/${id}`, { route: '/sessions/:id', status: 204 });
}

async function logInInVain(
  client: Client,
  body: { readonly user: string; readonly password: string },
  error: string,
  report: TrafficReport,
): Promise<void> {
  await client.request('POST', '/sessions', { route: '/sessions', status: 401, body });
  report.attempts.add({ method: 'password', outcome: 'failure', error });
}

async function ask(
  client: Client,
  { question, id, status }: { question: string; id: string; status: number },
  report: TrafficReport,
): Promise<unknown> {
  const answer = await client.request('POST', '/assistant', {
    route: '/assistant',
    status,
    token: id,
    body: { question },
  });
  report.attempts.add({ method: 'session', outcome: 'success', error: null });
  return answer;
}
