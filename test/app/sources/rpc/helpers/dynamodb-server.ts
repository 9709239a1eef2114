import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Lifetime } from '../../../../harness/lifetime.ts';

/** The server's answer to an operation: a status and a JSON body, or nothing at all. */
type Answer = readonly [status: number, body: object] | 'nothing';

export interface DynamodbServer {
  readonly endpoint: string;
  readonly port: number;
  /** The operations of the requests so far, attempts included. */
  readonly requests: readonly string[];
}

/** A server that speaks the protocol of DynamoDB, "AWS JSON 1.0", and answers by script. */
export async function startDynamodb(
  lifetime: Lifetime,
  answer: (operation: string, input: Readonly<Record<string, unknown>>, count: number) => Answer,
): Promise<DynamodbServer> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace(/^DynamoDB_20120810\./, '');
    requests.push(operation);
    const answered = answer(operation, (await json(request)) as Record<string, unknown>, requests.length);
    if (answered === 'nothing') return;
    const [status, body] = answered;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lifetime.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a port');
  return { endpoint: `http://127.0.0.1:${address.port}`, port: address.port, requests };
}

export function failure(name: string): [400, object] {
  return [400, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'no' }];
}
