import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Family } from '../../../../src/hub/expose/families.ts';
import type { Format } from '../../../../src/hub/expose/formats/format.ts';
import { encodeText } from '../../../../src/hub/expose/formats/text.ts';
import { Translation } from '../../../../src/hub/expose/translation.ts';
import type { Escaping } from '../../../../src/naming/escaping.ts';
import { createNaming, type TranslationStrategy } from '../../../../src/naming/naming.ts';
import { resultOf } from '../../../harness/result-of.ts';
import { type Point, resourceMetrics, scope } from './metrics.ts';

/** Translation and encoding as a scrape does them, with what comes out in a form to compare. */

interface Names {
  readonly strategy?: TranslationStrategy;
  readonly escaping?: Escaping;
}

/** A translation with its warnings. */
export function translation(scopeLabels = false, { strategy, escaping }: Names = {}) {
  const warnings: string[] = [];
  const work = new Translation({
    naming: createNaming(strategy ?? 'UnderscoreEscapingWithSuffixes', escaping ?? 'underscores'),
    scopeLabels,
    warn: (message) => warnings.push(message),
  });
  const pieces = (input: ResourceMetrics) => work.run(input);
  const run = (input: ResourceMetrics) => resultOf(pieces(input));
  return { run, pieces, warnings };
}

export function translate(
  input: ResourceMetrics,
  scopeLabels = false,
  names: Names = {},
): { families: Family[]; warnings: string[] } {
  const { run, warnings } = translation(scopeLabels, names);
  return { families: run(input), warnings };
}

/** `name{labels}` → value. */
export function samplesOf(
  input: ResourceMetrics,
  scopeLabels = false,
  names: Names = {},
): Record<string, unknown> {
  return Object.fromEntries(
    translate(input, scopeLabels, names).families.flatMap(({ name, samples }) =>
      samples.map(({ labels, value }): [string, unknown] => [`${name}{${labels.text}}`, value]),
    ),
  );
}

/** Chunks are copied: each is overwritten by the next. */
export function bytesOf(families: readonly Family[], encode: Format['encode']): Buffer {
  return Buffer.concat(Array.from(encode(families), (chunk) => Buffer.from(chunk)));
}

export function encode(families: readonly Family[]): string {
  return bytesOf(families, encodeText).toString();
}

/** The body of a scrape. */
export function bodyOf(input: ResourceMetrics, scopeLabels = true): string {
  return encode(translate(input, scopeLabels).families);
}

export function oneScope(...metrics: Parameters<typeof scope>[1][]): ResourceMetrics {
  return resourceMetrics({}, scope('s', ...metrics));
}

/** A point without attributes. */
export function value(count: number): Point<number> {
  return [{}, count];
}
