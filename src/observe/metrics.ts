import { lazily } from '../instruments/meter.ts';

/** A source whose age is told. */
interface Aging {
  readonly name: string;
  age(): number;
}

/** The sources that are being asked. */
export const watched = new Set<Aging>();

/** What is said of the sources themselves. */
export const sourceMetrics = lazily((meter) => {
  meter
    .createObservableGauge('pitot.source.age', {
      unit: 's',
      description: 'Time since the source last answered, or since it was first asked while it has not.',
    })
    .addCallback((result) => {
      for (const source of watched) result.observe(source.age(), { 'pitot.source.name': source.name });
    });
  return {
    failures: meter.createCounter('pitot.source.failures', {
      unit: '{failure}',
      description: 'Questions that the source answered with an error or not in time.',
    }),
  };
});
