import { createRequire } from 'node:module';
import type * as Grpc from '@grpc/grpc-js';
import type { Lifetime } from '../../../../harness/lifetime.ts';

/** The application's copy of grpc-js, which is loaded here: after the source was started. */
export const grpc = createRequire(import.meta.url)('@grpc/grpc-js') as typeof Grpc;

const text = {
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: (bytes: Buffer) => {
    if (bytes.toString() === 'unreadable') throw new Error('unreadable');
    return bytes.toString();
  },
  responseSerialize: (value: string) => Buffer.from(value),
  responseDeserialize: (bytes: Buffer) => {
    if (bytes.toString() === 'unreadable') throw new Error('unreadable');
    return bytes.toString();
  },
};

/** A method for each kind of call, with texts for messages, and one that no server implements. */
export const SHOP = {
  Get: { path: '/shop.Orders/Get', requestStream: false, responseStream: false, ...text },
  Put: { path: '/shop.Orders/Put', requestStream: true, responseStream: false, ...text },
  List: { path: '/shop.Orders/List', requestStream: false, responseStream: true, ...text },
  Chat: { path: '/shop.Orders/Chat', requestStream: true, responseStream: true, ...text },
  Drop: { path: '/shop.Orders/Drop', requestStream: false, responseStream: false, ...text },
};

type Unary = Grpc.handleUnaryCall<string, string>;

/** Answers with the request; a request `error N` gets the code N. */
export const get: Unary = ({ request }, callback) => {
  const code = /^error (\d+)$/.exec(request)?.[1];
  if (code === undefined) callback(null, request);
  else callback({ code: Number(code) });
};

const put: Grpc.handleClientStreamingCall<string, string> = (call, callback) => {
  const received: string[] = [];
  call.on('data', (message: string) => received.push(message));
  call.on('end', () => callback(null, received.join(',')));
};

/** Sends the request thrice; `wait` sends it once and goes on. */
const list: Grpc.handleServerStreamingCall<string, string> = (call) => {
  call.write(call.request);
  if (call.request === 'wait') return;
  call.write(call.request);
  call.end();
};

const chat: Grpc.handleBidiStreamingCall<string, string> = (call) => {
  call.on('data', (message: string) => {
    const code = /^error (\d+)$/.exec(message)?.[1];
    if (code === undefined) call.write(message);
    else call.emit('error', { code: Number(code) });
  });
  call.on('end', () => call.end());
};

export async function startShop(
  lifetime: Lifetime,
  implementation: { readonly get?: Unary; readonly options?: Grpc.ServerOptions; readonly at?: string } = {},
): Promise<number> {
  const server = new grpc.Server(implementation.options);
  server.addService(SHOP, { Get: implementation.get ?? get, Put: put, List: list, Chat: chat });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      implementation.at ?? '127.0.0.1:0',
      grpc.ServerCredentials.createInsecure(),
      (error, bound) => (error ? reject(error) : resolve(bound)),
    );
  });
  lifetime.after(() => server.forceShutdown());
  return port;
}

/** The methods that a generated client has. */
interface Shop extends Grpc.Client {
  Get(request: string, callback: Grpc.requestCallback<string>): Grpc.ClientUnaryCall;
  Get(
    request: string,
    options: Grpc.CallOptions,
    callback: Grpc.requestCallback<string>,
  ): Grpc.ClientUnaryCall;
  Drop(request: string, callback: Grpc.requestCallback<string>): Grpc.ClientUnaryCall;
  Put(callback: Grpc.requestCallback<string>): Grpc.ClientWritableStream<string>;
  List(request: string): Grpc.ClientReadableStream<string>;
  Chat(): Grpc.ClientDuplexStream<string, string>;
}

export function shopClient(
  lifetime: Lifetime,
  target: number | string,
  options?: Partial<Grpc.ClientOptions>,
): Shop {
  const ShopClient = grpc.makeClientConstructor(SHOP, 'Orders');
  const address = typeof target === 'number' ? `127.0.0.1:${target}` : target;
  const client = new ShopClient(address, grpc.credentials.createInsecure(), options);
  lifetime.after(() => client.close());
  return client as Grpc.Client as Shop;
}

/** The response to a unary request, or the code of its error. */
export function answer(
  client: Shop,
  request: string,
  options: Grpc.CallOptions = {},
  method: 'Get' | 'Drop' = 'Get',
): Promise<string | number | undefined> {
  return new Promise((resolve) => {
    const settle: Grpc.requestCallback<string> = (error, value) => resolve(error?.code ?? value);
    if (method === 'Drop') client.Drop(request, settle);
    else client.Get(request, options, settle);
  });
}

/** The messages of a stream, and then the code of its error if it has one. */
export async function messagesOf(stream: AsyncIterable<string>): Promise<readonly (string | number)[]> {
  const received: (string | number)[] = [];
  try {
    for await (const message of stream) received.push(message);
  } catch (error) {
    received.push((error as Grpc.ServiceError).code);
  }
  return received;
}
