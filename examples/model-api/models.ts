import { setTimeout as pause } from 'node:timers/promises';
import { queue } from 'pitot/instruments';
import { model as metrics } from './metrics.ts';

/** The weights of a stand-in for a model: one layer. */
type Weights = Float64Array;

const QUEUE = { system: 'memory', name: 'inference' };
const SIZE = 64;
/** How many numbers each model in the store takes for its load; a damaged file cannot be loaded. */
const STORE: ReadonlyMap<string, { readonly seed: number; readonly isDamaged?: true }> = new Map([
  ['digits', { seed: 1 }],
  ['words', { seed: 2 }],
  ['damaged', { seed: 3, isDamaged: true }],
]);

/** Loads models, and runs them one input at a time. */
export class Models {
  private readonly loaded = new Map<string, Weights>();
  private readonly observations = [queue.depth({ ...QUEUE, read: () => this.waiting, every: 500 })];
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor() {
    metrics.loaded.addCallback((result) => result.observe(this.loaded.size));
  }

  get names(): string[] {
    return [...this.loaded.keys()];
  }

  /** Returns whether the store has a usable model of that name. Only such names become attributes. */
  async load(name: string): Promise<boolean> {
    const file = STORE.get(name);
    if (file === undefined) return false;
    const startedAt = performance.now();
    await pause(20);
    const outcome = file.isDamaged ? 'failure' : 'success';
    if (outcome === 'success') this.loaded.set(name, weightsOf(file.seed));
    metrics['load.duration'].record((performance.now() - startedAt) / 1000, { model: name, outcome });
    return outcome === 'success';
  }

  /** The output for an input, after those that came before; undefined if the model is not loaded. */
  async infer(name: string, input: readonly number[], passes: number): Promise<number | undefined> {
    const weights = this.loaded.get(name);
    if (weights === undefined) return undefined;
    const since = Date.now();
    this.waiting += 1;
    const run = this.last.then(async () => {
      this.waiting -= 1;
      return queue.processing({ ...QUEUE, since }, async () => {
        const startedAt = performance.now();
        const output = outputOf(weights, input, passes);
        metrics['inference.duration'].record((performance.now() - startedAt) / 1000, { model: name });
        // Lets the server accept other requests between two inputs.
        await pause(0);
        return output;
      });
    });
    this.last = run.catch(() => {});
    return run;
  }

  close(): void {
    for (const observation of this.observations) observation.stop();
  }
}

function weightsOf(seed: number): Weights {
  return Float64Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(seed * i));
}

function outputOf(weights: Weights, input: readonly number[], passes: number): number {
  let state = Float64Array.from({ length: SIZE }, (_, i) => input[i % input.length] ?? 0);
  for (let pass = 0; pass < passes; pass++) {
    const before = state;
    state = Float64Array.from({ length: SIZE }, (_, row) => {
      let sum = 0;
      for (let column = 0; column < SIZE; column++) sum += weights[row * SIZE + column]! * before[column]!;
      return Math.tanh(sum);
    });
  }
  return state.indexOf(Math.max(...state));
}
