import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Exposition } from '../harness/exposition.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { select } from '../harness/samples.ts';
import { type Service, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

describe('the gateway, after the one round of requests that it makes to itself', () => {
  const lifetime = lifetimeOfSuite();
  let service: Service;
  let scraped: Exposition;

  before(async () => {
    service = await startService(lifetime, {
      args: ['examples/llm-gateway/main.ts'],
      env: { PORT: '0', OBSERVE_EVERY: '50', TRAFFIC: '3600000' },
    });
    const [, unexpected] = await service.line(/^traffic: 9 requests, (\d+) unexpected answers$/);
    assert.equal(unexpected, '0');
    // An answer is read to its end a little after the client has it, and the database is asked in its own time.
    scraped = await until(
      async () => {
        const now = await service.scrape();
        const sum = (name: string) =>
          select(now.samples, name).reduce((total, { value }) => total + value, 0);
        const isComplete =
          sum('gen_ai_client_operation_duration_seconds_count') === 6 &&
          sum('llm_gateway_answer_stored') === 5 &&
          sum('llm_gateway_answer_duration_seconds_count') === 5;
        return isComplete ? now : undefined;
      },
      { what: 'six operations and five answers', instead: async () => (await text()).slice(-20_000) },
    );
  });

  async function text(): Promise<string> {
    return (await fetch(await service.endpoint())).text();
  }

  /** The values of a metric by these labels; other labels are summed over. */
  function by(name: string, ...labels: string[]): Record<string, number> {
    const values: Record<string, number> = {};
    for (const { labels: has, value } of select(scraped.samples, name)) {
      const key = labels.map((label) => has[label] ?? '').join(' ');
      values[key] = (values[key] ?? 0) + value;
    }
    return values;
  }

  test('who tried to use a key, by outcome and by name where they have one', () => {
    assert.deepEqual(by('auth_attempts_total', 'auth_outcome', 'error_type', 'auth_client'), {
      'success  acme': 4,
      'success  ': 3,
      'failure unknown_key ': 1,
      'failure no_key ': 1,
    });
  });

  test('what the limits decided, and what they found used', () => {
    assert.deepEqual(by('rate_limit_decisions_total', 'rate_limit_outcome', 'rate_limit_client'), {
      'allowed acme': 4,
      'allowed ': 2,
      'limited ': 1,
    });
    assert.deepEqual(by('rate_limit_utilization_sum', 'rate_limit_client'), {
      acme: (1 + 2 + 3 + 4) / 4,
      '': (1 + 2 + 3) / 2,
    });
  });

  test('what the models were asked, what that took, and how it ended', () => {
    const model = 'gen_ai_request_model';
    assert.deepEqual(by('gen_ai_client_operation_duration_seconds_count', model, 'error_type'), {
      'parrot-1 ': 2,
      'parrot-2 ': 2,
      'parrot-2 503': 1,
      'magpie-1 ': 1,
    });
    assert.deepEqual(by('gen_ai_client_token_usage_sum', model, 'gen_ai_token_type'), {
      'parrot-1 input': 3 + 7,
      'parrot-1 output': 3 + 5,
      'parrot-2 input': 3 + 3,
      'parrot-2 output': 3 + 3,
      'magpie-1 input': 4,
    });
    assert.deepEqual(by('llm_responses_total', model, 'llm_finish_reason'), {
      'parrot-1 stop': 1,
      'parrot-1 length': 1,
      'parrot-2 stop': 2,
    });
    // A streamed answer has a chunk for each word, and one for what it used.
    assert.deepEqual(by('gen_ai_client_operation_time_to_first_chunk_seconds_count', model), {
      'parrot-1': 1,
      'parrot-2': 1,
    });
    assert.deepEqual(by('gen_ai_client_operation_time_per_output_chunk_seconds_count', model), {
      'parrot-1': 5,
      'parrot-2': 3,
    });
    assert.deepEqual(by('llm_operation_active'), { '': 0 });
  });

  test('which requests came, by model, API format and status; the keys are told apart and not shown', () => {
    assert.deepEqual(by('llm_gateway_request_total', 'model', 'format', 'status'), {
      'parrot-1 chat 200': 2,
      'magpie-1 embeddings 200': 1,
      'parrot-2 chat 503': 1,
      'parrot-2 chat 200': 2,
      'parrot-2 chat 429': 1,
    });
    assert.deepEqual(Object.values(by('llm_gateway_request_total', 'key')).sort(), [3, 4]);
    assert.deepEqual(by('llm_gateway_build_info', 'version'), { dev: 1 });
  });

  test('how long answers took, as the database has counted it', () => {
    assert.deepEqual(by('llm_gateway_answer_duration_seconds_count', 'model'), {
      'parrot-1': 2,
      'parrot-2': 2,
      'magpie-1': 1,
    });
    assert.deepEqual(by('llm_gateway_answer_duration_seconds_bucket', 'model', 'le')['magpie-1 10'], 1);
  });

  test('what the database knows', () => {
    assert.deepEqual(by('llm_gateway_key_stored', 'state'), { active: 2, revoked: 1 });
    assert.deepEqual(by('llm_gateway_model_offered', 'type'), { chat: 2, embeddings: 1 });
    assert.deepEqual(by('llm_gateway_answer_stored', 'tenant'), { acme: 3, others: 2 });
    assert.deepEqual(Object.keys(by('pitot_source_age_seconds', 'pitot_source_name')).sort(), [
      'answers',
      'durations',
      'keys',
      'models',
    ]);
  });

  test('no key, question, answer or anonymous tenant is anywhere', async () => {
    const everything = (await text()) + service.stdout + service.stderr;
    for (const secret of ['sk-', 'is it so', 'overload', 'globex', 'initech', 'Bearer', 'seven']) {
      assert.ok(!everything.includes(secret), `"${secret}" is shown`);
    }
  });

  test('it ends by itself on request', async () => {
    service.signal('SIGTERM');
    assert.deepEqual(await service.ended(), { code: 0, signal: null });
  });
});
