/** The keys that the traffic uses, by what each is allowed. */
export interface TrafficKeys {
  readonly named: string;
  readonly unnamed: string;
  readonly revoked: string;
}

/** The requests of one round: with which key, and with which expected status. */
const PLAN = [
  { key: 'named', question: 'is it so', model: 'parrot-1', status: 200 },
  {
    key: 'named',
    question: 'one two three four five six seven',
    model: 'parrot-1',
    status: 200,
    stream: true,
  },
  { key: 'named', question: 'a text to embed', model: 'magpie-1', status: 200, path: 'embeddings' },
  { key: 'named', question: 'please overload', model: 'parrot-2', status: 503 },
  { key: 'unnamed', question: 'who is there', model: 'parrot-2', status: 200, stream: true },
  { key: 'unnamed', question: 'who is where', model: 'parrot-2', status: 200 },
  { key: 'unnamed', question: 'and once more', model: 'parrot-2', status: 429 },
  { key: 'revoked', question: 'and me', model: 'parrot-1', status: 401 },
  { key: undefined, question: 'and anybody', model: 'parrot-1', status: 401 },
] as const;

/** Sends the plan's requests once. A second round within the same minute hits the limits. */
export async function runRound(
  url: string,
  keys: TrafficKeys,
): Promise<{ asked: number; unexpected: number[] }> {
  const unexpected: number[] = [];
  for (const { key, question, model, status, ...rest } of PLAN) {
    const { path = 'chat/completions', ...more } = { path: undefined, ...rest };
    const input =
      path === 'embeddings' ? { input: question } : { messages: [{ role: 'user', content: question }] };
    const response = await fetch(`${url}/v1/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { authorization: `Bearer ${keys[key]}` }),
      },
      body: JSON.stringify({ model, ...input, ...more }),
    });
    await response.text();
    if (response.status !== status) unexpected.push(response.status);
  }
  return { asked: PLAN.length, unexpected };
}
