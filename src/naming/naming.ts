import { type Escaping, escapeLabelName, escapeMetricName } from './escaping.ts';
import { familyName, labelName, type MetricKind, plainFamilyName, suffixedName } from './names.ts';

/**
 * How OpenTelemetry's names become Prometheus' names, before the scraper's escaping: "Translation Strategy" in the
 * specification's metrics/sdk_exporters/prometheus.md. The first is the default.
 */
export const TRANSLATION_STRATEGIES = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
] as const;

export type TranslationStrategy = (typeof TRANSLATION_STRATEGIES)[number];

export const [DEFAULT_STRATEGY] = TRANSLATION_STRATEGIES;

/** The one function from OpenTelemetry's names to the names that a scraper gets. */
export interface Naming {
  /** Undefined if translation leaves nothing of the name. */
  family(name: string, unit: string, kind: MetricKind): string | undefined;
  /** Never empty, and never `__name__`, which is the metric's own. */
  label(key: string): string;
}

/** Whether the strategy's names are the same in every escaping: they are plain already. */
export function isPlain(strategy: TranslationStrategy): boolean {
  return strategy.startsWith('Underscore');
}

export function createNaming(strategy: TranslationStrategy, escaping: Escaping): Naming {
  switch (strategy) {
    case 'UnderscoreEscapingWithSuffixes':
      return { family: familyName, label: labelName };
    case 'UnderscoreEscapingWithoutSuffixes':
      return { family: plainFamilyName, label: labelName };
    case 'NoUTF8EscapingWithSuffixes':
      return escaped(escaping, suffixedName);
    case 'NoTranslation':
      return escaped(escaping, (name) => name);
  }
}

/** The names of the default strategy, which every scraper gets alike. */
export const DEFAULT_NAMING = createNaming(DEFAULT_STRATEGY, 'underscores');

function escaped(
  escaping: Escaping,
  nameOf: (name: string, unit: string, kind: MetricKind) => string,
): Naming {
  return {
    family: (name, unit, kind) =>
      name === '' ? undefined : escapeMetricName(nameOf(name.toWellFormed(), unit, kind), escaping),
    label: (key) => {
      const name = escapeLabelName(key.toWellFormed(), escaping);
      if (name === '') return '_';
      return name === '__name__' ? '_name_' : name;
    },
  };
}
