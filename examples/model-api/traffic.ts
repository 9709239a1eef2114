import { setTimeout as pause } from 'node:timers/promises';

/** The traffic so far, as its clients counted it. */
export interface Report {
  rounds: number;
  /** By status and route. */
  readonly requests: Record<string, number>;
}

export interface TrafficOptions {
  /** Where clients and operators ask. */
  readonly api: string;
  readonly operators: string;
  /** Milliseconds between two rounds. */
  readonly every: number;
  readonly rounds: number;
  readonly signal: AbortSignal;
}

/** Loads the models, then makes rounds of requests. */
export async function runTraffic({ api, operators, every, rounds, signal }: TrafficOptions): Promise<Report> {
  const report: Report = { rounds: 0, requests: {} };
  const ask = async (url: string, route: string, body?: object) => {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body && { body: JSON.stringify(body) }),
    });
    await response.arrayBuffer();
    const key = `${response.status} ${route}`.trim();
    report.requests[key] = (report.requests[key] ?? 0) + 1;
  };
  const load = (name: string) => ask(`${operators}/models/${name}/load`, '/models/:name/load', {});
  const infer = (name: string) =>
    ask(`${api}/v1/models/${name}/infer`, '/v1/models/:name/infer', { input: [1, 2, 3], passes: 20 });
  for (const name of ['digits', 'words']) await load(name);
  while (report.rounds < rounds && !signal.aborted) {
    await Promise.all(Array.from({ length: 8 }, (_, i) => infer(i % 4 === 0 ? 'words' : 'digits')));
    await infer('unknown');
    await ask(`${api}/v1/models`, '/v1/models');
    await ask(`${api}/nothing`, '');
    // Scrapers are not counted.
    for (const path of ['/metrics', '/metrics.json']) await (await fetch(api + path)).arrayBuffer();
    report.rounds += 1;
    await pause(every, undefined, { signal }).catch(() => {});
  }
  return report;
}
