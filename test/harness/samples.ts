export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

const FLOAT = /^(?:NaN|[+-]?Inf|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/;

/** The samples of that name that have at least these labels. */
export function select(samples: readonly Sample[], name: string, labels: Labels = {}): readonly Sample[] {
  return samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, is]) => (sample.labels[label] ?? '') === is),
  );
}

/** The value of the one sample of that name that has at least these labels; an error if it is not one. */
export function value(samples: readonly Sample[], name: string, labels: Labels = {}): number {
  const [found, ...others] = select(samples, name, labels);
  if (found !== undefined && others.length === 0) return found.value;
  const candidates = samples.filter((sample) => sample.name === name);
  const shown = candidates.map((sample) => `  ${seriesKey(name, sample.labels)} ${sample.value}`).join('\n');
  const count = found === undefined ? 'no sample' : `${others.length + 1} samples`;
  throw new Error(`${count} of ${name} with ${JSON.stringify(labels)}; there are:\n${shown}`);
}

/** A number as the text format and the HTTP API of Prometheus write it. */
export function sampleValue(text: string): number {
  if (!FLOAT.test(text)) throw new Error(`${JSON.stringify(text)} is no number`);
  return Number(text.replace('Inf', 'Infinity'));
}

/** Equal for two series exactly when Prometheus takes them for one: an empty label is an absent label. */
export function seriesKey(name: string, labels: Labels): string {
  const present = Object.entries(labels).filter(([, is]) => is !== '');
  return `${name}${JSON.stringify(Object.fromEntries(present.sort(([a], [b]) => (a < b ? -1 : 1))))}`;
}
