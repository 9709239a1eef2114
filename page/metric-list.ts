import { useLayoutEffect, useState } from 'preact/hooks';
import type { Frame, MetricList, MetricView } from '../src/hub/page/wire.ts';

/** Milliseconds until the next attempt after a failed one. */
const RETRY_MS = 2000;

interface Known {
  readonly process: string;
  readonly position: string;
  /** By name. */
  readonly metrics: readonly MetricView[];
}

/**
 * All metrics by name, of a process or of all (''). While they are wanted it asks for them, and then for changes.
 *
 * @returns undefined until they are known
 */
export function useMetrics(
  isWanted: boolean,
  process: string,
  frame: Frame | undefined,
): readonly MetricView[] | undefined {
  const [known, setKnown] = useState<Known | undefined>(undefined);
  const [attempt, setAttempt] = useState(0);
  const own = known?.process === process ? known : undefined;
  const lacks = isWanted ? lacking(own, frame) : '';
  // Before the next paint, for which other effects wait.
  useLayoutEffect(() => {
    if (lacks === '') return undefined;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    load(process, own, stop.signal).then(setKnown, () => {
      if (!stop.signal.aborted) timer = setTimeout(() => setAttempt(attempt + 1), RETRY_MS);
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [process, lacks, attempt]);
  return own?.metrics;
}

/** The version of the list to ask the hub for; '' if the page has the latest. */
function lacking(known: Known | undefined, frame: Frame | undefined): string {
  if (known === undefined) return 'all';
  if (frame === undefined) return '';
  const [run, tick] = known.position.split('.');
  return run === frame.run && Number(tick) >= frame.listed ? '' : `${frame.run}.${frame.listed}`;
}

async function load(process: string, before: Known | undefined, signal: AbortSignal): Promise<Known> {
  const list = await get(process, before?.position ?? '', signal);
  const metrics = list.isWhole ? list.metrics : merged(before?.metrics ?? [], list.metrics);
  // A metric is gone.
  if (metrics.length !== list.total && !list.isWhole) return load(process, undefined, signal);
  return {
    process,
    position: list.position,
    metrics: metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

async function get(process: string, after: string, signal: AbortSignal): Promise<MetricList> {
  const query = Object.entries({ process, after }).filter(([, value]) => value !== '');
  const response = await fetch(`page/metrics?${new URLSearchParams(query)}`, { signal });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}

function merged(before: readonly MetricView[], changed: readonly MetricView[]): MetricView[] {
  return [...new Map([...before, ...changed].map((metric) => [metric.key, metric])).values()];
}
