/** A test that shows what a row claims: its file below `test/`, and its title, with … for what a template puts in. */
interface Proof {
  readonly file: string;
  readonly title: string;
}

/** A row of the compliance matrix: proven by a test, or not there for a reason. */
export type Row = { readonly feature: string } & ({ readonly proof: Proof } | { readonly reason: string });

/** A table of the compliance matrix. */
export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

export function proven(feature: string, file: string, title: string): Row {
  return { feature, proof: { file, title } };
}

export function missing(feature: string, reason: string): Row {
  return { feature, reason };
}
