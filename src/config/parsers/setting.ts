import type { Kind } from './kinds.ts';

type Group =
  | 'General'
  | 'Endpoint'
  | 'Several processes'
  | 'What is measured'
  | 'Forwarding'
  | 'OTLP'
  | 'Behaviour in the process';

/** An entry of the table of settings. */
export interface Setting<T = unknown, D extends T | undefined = T | undefined> {
  /** The heading it stands under in the reference. */
  readonly group: Group;
  /** The environment variables that give it, the one that wins first. */
  readonly variables: readonly string[];
  readonly kind: Kind<T>;
  readonly default: D;
  /** How the default is shown where the value itself says too little. */
  readonly defaultText?: string;
  /** One sentence. */
  readonly meaning: string;
  /** The value is shown nowhere. */
  readonly secret?: true;
}

/** The entry as it is, checked: its default is a value of its kind or undefined. */
export function setting<T, const D extends T | undefined>(entry: Setting<T, D>): Setting<T, D> {
  return entry;
}
