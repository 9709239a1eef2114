import type { Labels } from './labels.ts';

/** How a registry and its own metrics talk; symbols, so that no property of the application's meets them. */
export const JOINED = Symbol('joined');
export const LEFT = Symbol('left');
export const RELABELLED = Symbol('relabelled');
export const COLLECT = Symbol('collect');
export const LINES = Symbol('lines');
/** Puts a metric into the text of a registry alone, such as one of an aggregation: the endpoint has the originals. */
export const HOLD = Symbol('hold');

/** A registry that a metric belongs to. */
export interface Home {
  /** The labels that it adds to every metric, in the same object as long as they are the same. */
  defaults(): Labels;
}

/** A metric that is made by this module. Registries hold others too, such as those of an aggregation. */
export interface OwnMetric {
  [JOINED](registry: Home): void;
  [LEFT](registry: Home): void;
  [RELABELLED](registry: Home): void;
  /** Runs the metric's `collect`. */
  [COLLECT](): Promise<void> | undefined;
  /** The lines of its values, a child at a time. */
  [LINES](context: TextContext): Iterable<string>;
}

export interface TextContext {
  /** The metric's name in the text. */
  readonly name: string;
  readonly defaults: Labels;
  readonly isOpenMetrics: boolean;
}

export function isOwn(metric: object): metric is OwnMetric {
  return LINES in metric;
}
