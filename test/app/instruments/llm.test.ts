import assert from 'node:assert/strict';
import { test } from 'node:test';
import { llm } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

const CALLED = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5',
};
const options = { provider: 'openai', model: 'gpt-5' };
const BOUNDARIES = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

test('an operation is timed, with its tokens and the reason why it ended', async () => {
  const collect = registerStockProvider();
  const answer = await llm.operation(
    { ...options, server: 'https://api.openai.com/v1' },
    async (operation) => {
      operation.responseModel('gpt-5-2026');
      operation.tokens({ input: 12 });
      operation.tokens({ output: 30 });
      operation.finish('stop');
      return 'answer';
    },
  );
  assert.equal(answer, 'answer');
  const collected = await collect();
  const answered = {
    ...CALLED,
    'gen_ai.response.model': 'gpt-5-2026',
    'server.address': 'api.openai.com',
    'server.port': 443,
  };
  assert.deepEqual(collected.counts('gen_ai.client.operation.duration'), [[answered, 1]]);
  assert.deepEqual(collected.histograms('gen_ai.client.token.usage'), [
    [
      { ...answered, 'gen_ai.token.type': 'input' },
      { count: 1, sum: 12 },
    ],
    [
      { ...answered, 'gen_ai.token.type': 'output' },
      { count: 1, sum: 30 },
    ],
  ]);
  assert.deepEqual(collected.sums('llm.responses'), [[{ ...CALLED, 'llm.finish_reason': 'stop' }, 1]]);
  assert.deepEqual(collected.counts('gen_ai.client.operation.time_to_first_chunk'), []);
});

test('an operation that fails has the type of its error, and one under way is active', async () => {
  const collect = registerStockProvider();
  const failing = llm.operation(options, async () => {
    throw Object.assign(new Error('slow down'), { code: 'rate_limit_exceeded' });
  });
  await assert.rejects(failing);
  const open = llm.operation({ provider: 'openai', operation: 'embeddings' });
  const collected = await collect();
  assert.deepEqual(collected.counts('gen_ai.client.operation.duration'), [
    [{ ...CALLED, 'error.type': 'rate_limit_exceeded' }, 1],
  ]);
  assert.deepEqual(collected.sums('llm.operation.active'), [
    [CALLED, 0],
    [{ 'gen_ai.operation.name': 'embeddings', 'gen_ai.provider.name': 'openai' }, 1],
  ]);
  open.end();
});

test('units and boundaries are those of the semantic conventions', async () => {
  const collect = registerStockProvider();
  llm.operation(options, (operation) => {
    operation.tokens({ input: 1 });
    operation.chunk();
    operation.chunk();
  });
  const collected = await collect();
  const seconds = ['duration', 'time_to_first_chunk', 'time_per_output_chunk'];
  for (const name of seconds.map((name) => `gen_ai.client.operation.${name}`)) {
    assert.equal(collected.metric(name).descriptor.unit, 's');
    assert.deepEqual(collected.boundaries(name), BOUNDARIES);
  }
  assert.equal(collected.metric('gen_ai.client.token.usage').descriptor.unit, '{token}');
  assert.deepEqual(
    collected.boundaries('gen_ai.client.token.usage'),
    [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
  );
});

test('the chunks of a stream are timed: the first from the request, the others from the one before', async (t) => {
  const collect = registerStockProvider();
  let now = 1_000;
  t.mock.method(performance, 'now', () => now);
  async function* model() {
    for (const [word, milliseconds] of [
      ['so', 500],
      ['it', 100],
      ['is', 50],
    ] as const) {
      now += milliseconds;
      yield word;
    }
    now += 1_000;
  }
  const words: string[] = [];
  const told = (word: string, operation: { finish(reason: string): void }) => {
    if (word === 'is') operation.finish('stop');
  };
  for await (const word of llm.stream({ ...options, onChunk: told }, model)) words.push(word);
  t.mock.reset();
  assert.deepEqual(words, ['so', 'it', 'is']);
  const collected = await collect();
  assert.deepEqual(collected.histograms('gen_ai.client.operation.time_to_first_chunk'), [
    [CALLED, { count: 1, sum: 0.5 }],
  ]);
  const [perChunk] = collected.histograms('gen_ai.client.operation.time_per_output_chunk');
  assert.equal(perChunk?.[1].count, 2);
  assert.ok(Math.abs(Number(perChunk?.[1].sum) - 0.15) < 1e-9);
  assert.deepEqual(collected.histograms('gen_ai.client.operation.duration'), [
    [CALLED, { count: 1, sum: 1.65 }],
  ]);
  assert.deepEqual(collected.sums('llm.responses'), [[{ ...CALLED, 'llm.finish_reason': 'stop' }, 1]]);
});

for (const [what, source] of [
  ['an iterable', () => numbers()],
  ['a promise of one', () => Promise.resolve(numbers())],
  ['a function that gives one', () => numbers],
  ['a function that gives a promise of one', () => async () => numbers()],
  ['a readable stream', () => ReadableStream.from([1, 2, 3])],
] as const) {
  test(`a stream can be ${what}`, async () => {
    const collect = registerStockProvider();
    const chunks = [];
    for await (const chunk of llm.stream(options, source())) chunks.push(chunk);
    assert.deepEqual(chunks, [1, 2, 3]);
    assert.deepEqual((await collect()).counts('gen_ai.client.operation.duration'), [[CALLED, 1]]);
  });
}

test('a reader who leaves ends the stream and the operation, without a failure', async () => {
  const collect = registerStockProvider();
  let isClosed = false;
  async function* model() {
    try {
      yield* numbers();
    } finally {
      isClosed = true;
    }
  }
  for await (const _chunk of llm.stream(options, model())) break;
  assert.equal(isClosed, true);
  const collected = await collect();
  assert.deepEqual(collected.counts('gen_ai.client.operation.duration'), [[CALLED, 1]]);
  assert.deepEqual(collected.sums('llm.operation.active'), [[CALLED, 0]]);
});

for (const [what, source] of [
  [
    'of a stream that breaks',
    async function* () {
      yield 1;
      throw new RangeError('too far');
    },
  ],
  [
    'of a request that fails',
    async (): Promise<AsyncIterable<number>> => {
      throw new RangeError('too far');
    },
  ],
] as const) {
  test(`the error ${what} reaches the reader and is the operation's`, async () => {
    const collect = registerStockProvider();
    const read = async () => {
      for await (const _chunk of llm.stream(options, source));
    };
    await assert.rejects(read, RangeError);
    const collected = await collect();
    assert.deepEqual(collected.counts('gen_ai.client.operation.duration'), [
      [{ ...CALLED, 'error.type': 'RangeError' }, 1],
    ]);
    assert.deepEqual(collected.sums('llm.operation.active'), [[CALLED, 0]]);
  });
}

test('a stream without a reader is not an operation', async () => {
  const collect = registerStockProvider();
  let asked = 0;
  llm.stream(options, () => {
    asked += 1;
    return numbers();
  });
  assert.equal(asked, 0);
  assert.deepEqual((await collect()).sums('llm.operation.active'), []);
});

test('a stream within an operation times its chunks and leaves the end to the operation', async () => {
  const collect = registerStockProvider();
  await llm.operation(options, async (operation) => {
    const chunks = [];
    for await (const chunk of operation.stream(numbers())) chunks.push(chunk);
    assert.deepEqual(chunks, [1, 2, 3]);
    assert.deepEqual((await collect()).counts('gen_ai.client.operation.duration'), []);
    operation.tokens({ output: chunks.length });
  });
  const collected = await collect();
  assert.deepEqual(collected.counts('gen_ai.client.operation.time_to_first_chunk'), [[CALLED, 1]]);
  assert.deepEqual(collected.counts('gen_ai.client.operation.time_per_output_chunk'), [[CALLED, 2]]);
  assert.deepEqual(collected.counts('gen_ai.client.operation.duration'), [[CALLED, 1]]);
});

test('what a listener for chunks throws does not reach the reader', async () => {
  const collect = registerStockProvider();
  const onChunk = () => {
    throw new Error('a listener that throws');
  };
  const chunks = [];
  for await (const chunk of llm.stream({ ...options, onChunk }, numbers())) chunks.push(chunk);
  assert.deepEqual(chunks, [1, 2, 3]);
  assert.deepEqual((await collect()).counts('gen_ai.client.operation.time_per_output_chunk'), [[CALLED, 2]]);
});

test('nothing of a prompt or an answer becomes an attribute', async () => {
  const collect = registerStockProvider();
  const prompt = 'Tell me about user 5, please.';
  llm.operation({ provider: prompt, model: prompt, operation: prompt, server: prompt }, (operation) => {
    operation.finish(prompt);
    operation.responseModel(prompt);
    operation.fail(prompt);
  });
  const collected = await collect();
  const attributes = JSON.stringify([
    collected.counts('gen_ai.client.operation.duration'),
    collected.sums('llm.responses'),
  ]);
  assert.ok(!attributes.includes('user'), attributes);
});

async function* numbers() {
  yield* [1, 2, 3];
}
