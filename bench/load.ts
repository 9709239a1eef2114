import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const CONNECTIONS = 16;

export interface LoadOptions {
  /** Milliseconds before the measurement, and of it. */
  readonly warmUp: number;
  readonly duration: number;
}

/** Requests a second that a service answers, on persistent connections. */
export async function load(url: string, { warmUp, duration }: LoadOptions): Promise<number> {
  let answered = 0;
  let isOver = false;
  const asking = ask(url, () => {
    answered++;
    return !isOver;
  });
  await pause(warmUp);
  const before = answered;
  const began = performance.now();
  await pause(duration);
  const rate = ((answered - before) * 1000) / (performance.now() - began);
  isOver = true;
  await asking;
  return rate;
}

/**
 * Requests as fast as they are answered, on persistent connections.
 *
 * @param more called after each answer: whether another request follows
 */
export async function ask(url: string, more: () => boolean): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const one = async () => {
    do {
      await new Promise<void>((resolve, reject) => {
        request(url, { agent }, (response) => response.resume().on('end', resolve))
          .on('error', reject)
          .end();
      });
    } while (more());
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  agent.destroy();
}

/** What the pattern matches in a line of the stream. */
export async function found(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  const lines = createInterface({ input: stream });
  for (;;) {
    const [line]: string[] = await once(lines, 'line');
    const match = pattern.exec(line ?? '')?.[0];
    if (match !== undefined) return match;
  }
}
