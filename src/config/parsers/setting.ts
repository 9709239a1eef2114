import type { Parser } from './parser.ts';

type Group =
  | 'General'
  | 'Endpoint'
  | 'Several processes'
  | 'What is measured'
  | 'Forwarding'
  | 'OTLP'
  | 'Pushgateway'
  | 'Remote write'
  | 'Behaviour in the process';

/** An entry of the table of settings. */
export interface Setting<T = unknown, D extends T | undefined = T | undefined> {
  /** The heading it stands under in the reference. */
  readonly group: Group;
  /** The environment variables that give it, the one that wins first. */
  readonly variables: readonly string[];
  readonly parser: Parser<T>;
  readonly default: D;
  /** How the default is shown where the value itself says too little. */
  readonly defaultText?: string;
  /** One sentence. */
  readonly meaning: string;
  /** The value is shown nowhere. */
  readonly secret?: true;
}

/** The entry as it is, checked: its default is undefined or a value as its parser gives it. */
export function setting<T, const D extends T | undefined>(entry: Setting<T, D>): Setting<T, D> {
  return entry;
}
