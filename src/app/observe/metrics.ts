import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { defineMetrics } from '../define/define.ts';

/** A source whose age is told. */
interface Aging {
  readonly name: string;
  age(): number;
}

/** The sources that are being asked. */
export const watched = new Set<Aging>();

const NAME = {
  'pitot.source.name': {
    type: 'string',
    description: 'The name given with the source, or that of its function.',
  },
} as const;

/** The metrics of the sources themselves. */
export const sourceMetrics = defineMetrics(
  'pitot.source',
  {
    age: {
      kind: 'observableGauge',
      unit: 's',
      description: 'Time since the source last answered, or since it was first asked while it has not.',
      attributes: NAME,
    },
    failures: {
      kind: 'counter',
      unit: '{failure}',
      description: 'Questions that the source answered with an error or not in time.',
      attributes: { ...NAME, 'error.type': { type: 'string', description: "The error's code or class." } },
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Scrape-time sources',
    introduction: 'By `observe()`, of every source that is being asked.',
  },
);

/** Has the ages told from now on. An instrument takes the same callback once. */
export function tellAges(): void {
  sourceMetrics.age.addCallback(ages);
}

function ages(result: Parameters<Parameters<typeof sourceMetrics.age.addCallback>[0]>[0]): void {
  for (const source of watched) result.observe(source.age(), { 'pitot.source.name': source.name });
}
