import type { OperationScope } from './llm-operation.ts';

/**
 * Notes the model, the tokens and the finish reasons of a response or of a chunk of one. Supported formats: OpenAI's
 * chat completions, completions, embeddings and responses, which other providers have adopted, and Anthropic's
 * messages. It ignores everything else.
 */
export function noteResponse(operation: OperationScope, response: unknown): void {
  // A chunk of OpenAI's responses has the response in it; Anthropic's first one has the message.
  const whole = at(response, 'response') ?? at(response, 'message') ?? response;
  const model = at(whole, 'model');
  if (typeof model === 'string') operation.responseModel(model);
  noteUsage(operation, at(whole, 'usage') ?? at(response, 'usage'));
  noteEnd(operation, response, whole);
}

function noteUsage(operation: OperationScope, usage: unknown): void {
  const cached = sum(at(usage, 'cache_read_input_tokens'), at(usage, 'cache_creation_input_tokens'));
  const input = number(at(usage, 'prompt_tokens')) ?? number(at(usage, 'input_tokens'));
  const output = number(at(usage, 'completion_tokens')) ?? number(at(usage, 'output_tokens'));
  // Anthropic counts the tokens of its cache apart; the conventions want them in.
  operation.tokens({ input: input === undefined ? undefined : input + cached, output });
}

function noteEnd(operation: OperationScope, response: unknown, whole: unknown): void {
  const choices = at(response, 'choices');
  for (const choice of Array.isArray(choices) ? choices : []) {
    const reason = at(choice, 'finish_reason');
    if (typeof reason === 'string') operation.finish(reason, at(choice, 'index') ?? 0);
  }
  const stopped = at(whole, 'stop_reason') ?? at(at(response, 'delta'), 'stop_reason');
  if (typeof stopped === 'string') operation.finish(stopped, 'message');

  if (at(whole, 'object') !== 'response') return;
  const status = at(whole, 'status');
  if (status === 'completed') operation.finish(status, 'response');
  if (status === 'incomplete') {
    const reason = at(at(whole, 'incomplete_details'), 'reason');
    operation.finish(typeof reason === 'string' ? reason : status, 'response');
  }
  if (status === 'failed') operation.fail(at(at(whole, 'error'), 'code') ?? status);
}

/** A property of something that may have it, as JSON does. */
function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, key) ?? undefined) : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function sum(...values: readonly unknown[]): number {
  return values.reduce((total: number, value) => total + (number(value) ?? 0), 0);
}
