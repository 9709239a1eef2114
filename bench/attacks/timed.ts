import type { ClientRequest } from 'node:http';

/** Sends the request, and adds its milliseconds to the list: infinitely many without a whole answer. */
export function timed(times: number[], sent: ClientRequest): void {
  const began = performance.now();
  let took = Number.POSITIVE_INFINITY;
  sent
    .on('response', (response) =>
      response
        .resume()
        .on('error', () => {})
        .on('end', () => {
          if (response.statusCode === 200) took = performance.now() - began;
        }),
    )
    .on('error', () => {})
    .once('close', () => times.push(took))
    .end();
}
