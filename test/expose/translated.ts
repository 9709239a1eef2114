import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Family } from '../../src/expose/families.ts';
import { encodeText } from '../../src/expose/text.ts';
import { createTranslate } from '../../src/expose/translate.ts';
import { type Point, resourceMetrics, scope } from './metrics.ts';

/** Translation and encoding as a scrape does them, with what comes out in a form to compare. */

export function translate(
  input: ResourceMetrics,
  scopeLabels = false,
): { families: Family[]; warnings: string[] } {
  const warnings: string[] = [];
  const families = createTranslate({ scopeLabels, warn: (message) => warnings.push(message) })(input);
  return { families, warnings };
}

/** `name{labels}` → value. */
export function samplesOf(input: ResourceMetrics, scopeLabels = false): Record<string, unknown> {
  return Object.fromEntries(
    translate(input, scopeLabels).families.flatMap(({ name, samples }) =>
      samples.map(({ labels, value }): [string, unknown] => [`${name}{${labels.text}}`, value]),
    ),
  );
}

export function encode(families: readonly Family[]): string {
  return Buffer.concat([...encodeText(families)]).toString();
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
