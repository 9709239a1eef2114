import { type Escaping, escapeLabelName, escapeMetricName } from './escaping.ts';
import { familyName, labelName, type MetricKind, plainFamilyName, suffixedName } from './names.ts';

/**
 * What becomes of OpenTelemetry's names before a scraper's wishes are considered: "Translation Strategy" in
 * the specification's metrics/sdk_exporters/prometheus.md.
 */
export type TranslationStrategy =
  | 'UnderscoreEscapingWithSuffixes'
  | 'UnderscoreEscapingWithoutSuffixes'
  | 'NoUTF8EscapingWithSuffixes'
  | 'NoTranslation';

export interface Naming {
  /** Undefined where nothing is left of the name. */
  family(name: string, unit: string, kind: MetricKind): string | undefined;
  /** Never empty, and never `__name__`, which is the metric's own. */
  label(key: string): string;
}

/** Whether the strategy's names are the same in every escaping, because there is nothing to escape. */
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
