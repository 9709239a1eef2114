import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { yielding } from '../../base/yielding.ts';
import type { Escaping } from '../../naming/escaping.ts';
import { createNaming, DEFAULT_STRATEGY, isPlain, type TranslationStrategy } from '../../naming/naming.ts';
import type { Family } from './families.ts';
import { Translation } from './translation.ts';

/** The families in a snapshot, with names for a scraper with this escaping. */
export type Translate = (resourceMetrics: ResourceMetrics, escaping: Escaping) => Promise<readonly Family[]>;

/**
 * Translates each snapshot once for all scrapers with the same escaping, and one snapshot after the other. The
 * result depends only on the arguments.
 */
export function createTranslate(options: {
  /** {@link DEFAULT_STRATEGY} by default. */
  readonly strategy?: TranslationStrategy;
  readonly scopeLabels: boolean;
  /** Called in every translation, for each value that pitot cannot serve unchanged. */
  readonly warn: (message: string) => void;
}): Translate {
  const { strategy = DEFAULT_STRATEGY, scopeLabels, warn } = options;
  const translators = new Map<Escaping, Translate>();
  return (resourceMetrics, asked) => {
    const escaping = isPlain(strategy) ? 'underscores' : asked;
    let translator = translators.get(escaping);
    if (translator === undefined) {
      const naming = createNaming(strategy, escaping);
      translator = oneByOne(new Translation({ naming, scopeLabels, warn }));
      translators.set(escaping, translator);
    }
    return translator(resourceMetrics, escaping);
  };
}

function oneByOne(translation: Translation): Translate {
  const results = new WeakMap<ResourceMetrics, Promise<readonly Family[]>>();
  let last: Promise<unknown> = Promise.resolve();
  return (resourceMetrics) => {
    let result = results.get(resourceMetrics);
    if (result === undefined) {
      const begin = () => yielding(translation.run(resourceMetrics));
      result = last.then(begin, begin);
      last = result;
      results.set(resourceMetrics, result);
    }
    return result;
  };
}
