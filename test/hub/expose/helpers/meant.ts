import type { Family } from '../../../../src/hub/expose/families.ts';
import type { ParsedFamily, ParsedSample } from './sample-lines.ts';

/** The samples of a family that a scraper ought to read, by the definition of the text format. */
export function samplesMeant(family: Family): ParsedSample[] {
  const { name } = family;
  if (family.type !== 'histogram') {
    return family.samples.map(({ labels, value }) => ({
      name,
      labels: Object.fromEntries(labels.pairs()),
      value,
    }));
  }
  return family.samples.flatMap(({ labels: own, value: { boundaries, counts, sum } }) => {
    const labels = Object.fromEntries(own.pairs());
    const cumulative = counts.map((_, i) => counts.slice(0, i + 1).reduce((a, b) => a + b, 0));
    return [
      ...[...boundaries, Number.POSITIVE_INFINITY].map((bound, i) => ({
        name: `${name}_bucket`,
        labels: { ...labels, le: String(bound) },
        value: cumulative[i] ?? 0,
      })),
      ...(sum === undefined ? [] : [{ name: `${name}_sum`, labels, value: sum }]),
      { name: `${name}_count`, labels, value: cumulative.at(-1) ?? 0 },
    ];
  });
}

/** In UTF-8 there are no unpaired surrogates. */
export function helpMeant({ help }: Family): string {
  return help.replace(/\p{Surrogate}/gu, '\ufffd');
}

/**
 * Samples in a form to compare: bounds as numbers, because how they are spelled is another test, zeros
 * without their sign, which the formats do not write, and labels without a prototype.
 */
export function comparable(samples: readonly ParsedSample[], type: ParsedFamily['type']): ParsedSample[] {
  return samples.map(({ name, labels, value, ...rest }) => {
    const { le } = labels;
    const bound = type === 'histogram' &&
      le !== undefined && {
        le: String(Number(le.replace('Inf', 'Infinity').replace('Infinityinity', 'Infinity')) + 0),
      };
    return { name, labels: { ...labels, ...bound }, value: value + 0, ...rest };
  });
}
