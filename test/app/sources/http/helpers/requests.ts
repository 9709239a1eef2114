import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';

/** Ends a request and reads its response to the end. */
export async function done(request: ClientRequest): Promise<IncomingMessage> {
  const [response]: IncomingMessage[] = await once(request.end(), 'response');
  if (response === undefined) throw new Error('no response');
  for await (const _ of response);
  return response;
}

/** How a request ended that is expected to fail. */
export function failed(request: ClientRequest): Promise<unknown> {
  return new Promise((resolve) => request.on('error', resolve).on('close', resolve));
}
