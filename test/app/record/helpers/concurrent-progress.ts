import type { MessagePort } from 'node:worker_threads';

/** The `workerData` of a reading thread. */
export interface ReaderData {
  readonly subject: 'exponential' | 'exemplars';
  readonly port: MessagePort;
  /** Int32 words: {@link STARTED}, {@link FINISHED}, {@link READS} and {@link STOP}. */
  readonly progress: Int32Array;
}

/** The recording last begun and last done: number of the series times {@link PER_SERIES}, and of it in there. */
export const STARTED = 0;
export const FINISHED = 1;
/** Readings of the thread so far. */
export const READS = 2;
/** 1 as soon as either side has had enough. */
export const STOP = 3;
export const PER_SERIES = 1024;
