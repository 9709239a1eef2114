import type { Attributes, MetricOptions } from '@opentelemetry/api';

/** What is needed of a meter: instruments that have a bound form, as the recorder's have. */
export interface LeanMeter {
  createHistogram(name: string, options: MetricOptions): LeanHistogram;
  createUpDownCounter(name: string, options: MetricOptions): LeanUpDownCounter;
}

/** A series of a histogram. */
export interface BoundRecorder {
  record(value: number): void;
}

/** A series of an up-down counter. */
export interface BoundAdder {
  add(value: number): void;
}

export interface LeanHistogram {
  bind(attributes: Attributes): BoundRecorder;
  record(value: number, attributes: Attributes): void;
}

export interface LeanUpDownCounter {
  bind(attributes: Attributes): BoundAdder;
}

/** Attributes of the application's own on the server's histograms. */
export interface ExtraAttributes {
  /** Every name `read` may return. A name that is not declared here is left out. */
  readonly names: readonly string[];
  /**
   * The attributes of a request that has ended. Values must be few: each new one is a new series. An
   * error it throws is told once, and the request is recorded without these attributes.
   *
   * @param request the one that `node:http` made; of HTTP/2 the compatibility API's, or else the stream
   */
  read(request: object): Attributes;
}

export interface LeanHttpOptions {
  /** The methods recorded by name: all of them, not in addition to the default ones. */
  readonly knownMethods?: readonly string[];
  /** Requests to a server whose path, without the query, matches one of these are not measured. */
  readonly excludedPaths?: readonly RegExp[];
  readonly extraAttributes?: ExtraAttributes;
  /** Whether somebody else is known to measure the same; asked at each request, so it must be cheap. */
  readonly others?: Others;
}

/** What is measured by the official instrumentations of the application's own. */
export interface Others {
  measureServers(): boolean;
  /** Requests of `node:http` and `node:https`. */
  measureClients(): boolean;
  /** Requests of `fetch` and undici. */
  measureFetch(): boolean;
}
