import { setTimeout as pause } from 'node:timers/promises';

/** A chunk of the model's stream: a word. The last chunk has the finish reason and the usage too. */
export interface ModelChunk {
  readonly text: string;
  readonly finish?: 'stop' | 'length';
  /** In words: this model's tokens are words. */
  readonly usage?: { readonly input: number; readonly output: number };
}

/** The model is overloaded. It throws this for every question with the word `overload`. */
class OverloadedError extends Error {
  readonly code = 'model_overloaded';
  readonly status = 503;
}

export const MODEL = 'parrot-1';

/** The maximum number of words in an answer. */
const LONGEST_ANSWER = 5;

/** A small model in the service's process: it answers with the words of the question in reverse order. */
export async function* answer(question: string): AsyncGenerator<ModelChunk> {
  const words = question.split(/\s+/).filter((word) => word !== '');
  await pause(2);
  if (words.includes('overload')) throw new OverloadedError('the model is overloaded');
  const said = words.toReversed().slice(0, LONGEST_ANSWER);
  for (const [i, word] of said.entries()) {
    await pause(1);
    if (i < said.length - 1) yield { text: `${word} ` };
    else {
      yield {
        text: word,
        finish: said.length < words.length ? 'length' : 'stop',
        usage: { input: words.length, output: said.length },
      };
    }
  }
}
