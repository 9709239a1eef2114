import { setTimeout as pause } from 'node:timers/promises';

/** What the model streams: a word, and with the last one how it ended and what it used. */
export interface ModelChunk {
  readonly text: string;
  readonly finish?: 'stop' | 'length';
  /** In words, which are the tokens of this model. */
  readonly usage?: { readonly input: number; readonly output: number };
}

/** The model has too much to do, which it says of every question that has the word `overload` in it. */
class OverloadedError extends Error {
  readonly code = 'model_overloaded';
  readonly status = 503;
}

export const MODEL = 'parrot-1';

/** How many words an answer has at most. */
const LONGEST_ANSWER = 5;

/** A small model in the service's own process: it answers with the words of the question, last one first. */
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
