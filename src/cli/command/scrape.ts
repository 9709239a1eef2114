import { text } from 'node:stream/consumers';
import { reasonOf } from '../../base/reason.ts';
import { type Endpoint, get, unexpectedAnswer } from './endpoint.ts';

/** The time that an endpoint has for a whole scrape. */
const SCRAPE_TIMEOUT_MS = 10_000;

/** One answer of a metrics endpoint in the text format 0.0.4. Throws an error that describes any other answer. */
export async function scrape(endpoint: Endpoint): Promise<string> {
  const { url } = endpoint;
  endpoint.headers.set('accept', 'text/plain;version=0.0.4');
  const response = await get(endpoint, AbortSignal.timeout(SCRAPE_TIMEOUT_MS));
  if (response.statusCode !== 200) throw await unexpectedAnswer(endpoint, response);
  const type = response.headers['content-type'] ?? 'no content type';
  if (!/^text\/plain\b/i.test(type)) {
    response.destroy();
    throw new Error(
      `${url} answered with ${type}, not with the Prometheus text format; is that the endpoint's path?`,
    );
  }
  try {
    return await text(response);
  } catch (error) {
    throw new Error(`${url} cannot be read: ${reasonOf(error)}`);
  }
}
