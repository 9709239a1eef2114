import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { createNaming, DEFAULT_STRATEGY, type TranslationStrategy } from '../../naming/naming.ts';
import { PROFILES_PATH, profilesAnswer } from '../http/profiles.ts';
import type { Handler } from '../http/routing.ts';
import type { ProcessMetrics } from '../processes/service-view.ts';
import type { StallReport } from '../stalls/report.ts';
import { asset } from './assets.ts';
import { createEvents } from './events.ts';
import { answersOnRequest } from './on-request.ts';
import { Sampler } from './sampler.ts';

export interface PageOptions {
  /** Collects all metrics. */
  readonly collect: () => Promise<CollectionResult>;
  /** The last report of each process, as of the last collection. None by default. */
  readonly eachProcess?: (() => readonly ProcessMetrics[]) | undefined;
  /** Largest number of series of an instrument. 2,000 by default. */
  readonly seriesLimit?: number;
  /** The strategy that makes Prometheus names. {@link DEFAULT_STRATEGY} by default. */
  readonly translationStrategy?: TranslationStrategy;
  /** Milliseconds between two samples while there are viewers. 2,000 by default. */
  readonly interval?: number;
  /** Milliseconds for which sampling continues after the last viewer has left. 15 minutes by default. */
  readonly linger?: number;
  /** Milliseconds for which a viewer keeps its place when all places are taken. A minute by default. */
  readonly minStream?: number;
  /** Why the application is not ready, or undefined when it is. */
  readonly notReady?: (() => string | undefined) | undefined;
  /** The last stalls. None by default. */
  readonly stalls?: (() => Pick<StallReport, 'stalls'>) | undefined;
  /** Called when a sample failed. Sampling continues. */
  readonly failed: (error: unknown) => void;
}

export interface Page {
  /** By path. */
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Ends all streams and discards the history. */
  close(): void;
}

const HISTORY_MS = 15 * 60_000;

/** The live page: its files, and the stream that the browser and `pitot top` read. */
export function createPage(options: PageOptions): Page {
  const { collect, failed, notReady = () => undefined, seriesLimit = 2000 } = options;
  const { eachProcess = () => [], stalls = () => ({ stalls: [] }) } = options;
  const {
    minStream = 60_000,
    interval = 2000,
    linger = HISTORY_MS,
    translationStrategy = DEFAULT_STRATEGY,
  } = options;
  const naming = createNaming(translationStrategy, 'underscores');
  const told = { notReady, stalls: () => stalls().stalls };
  const ring = { interval, remembered: HISTORY_MS, seriesLimit, naming, ...told };
  const sampler = new Sampler({ ...ring, collect, eachProcess, linger, failed });
  const events = createEvents(sampler, minStream);
  return {
    handlers: new Map<string, Handler>([
      ['/', asset('index.html', 'text/html; charset=utf-8')],
      ['/page/page.js', asset('page.js', 'text/javascript; charset=utf-8')],
      ['/page/page.css', asset('page.css', 'text/css; charset=utf-8')],
      ['/page/events', events.handler],
      ...answersOnRequest(sampler),
      [PROFILES_PATH, profilesAnswer(() => false)],
    ]),
    close() {
      sampler.close();
      events.close();
    },
  };
}
