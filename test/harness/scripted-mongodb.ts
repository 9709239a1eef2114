import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';
import type { Lifetime } from './lifetime.ts';

/** The server's answer to a command. If it throws, the server closes the connection without an answer. */
export type Script = (command: Document) => Document;

export interface ScriptedMongodb {
  readonly port: number;
  /** Closes the server and all its connections at once. */
  kill(): Promise<void>;
  /** Opens the server again on the port that it had. */
  start(): Promise<void>;
}

const { deserialize, serialize } = BSON;
const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** Every server's answer to its clients' greeting. */
const HELLO = {
  ismaster: true,
  isWritablePrimary: true,
  helloOk: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false,
  ok: 1,
};

/**
 * A server that speaks MongoDB's wire protocol and has no database: Debian has no MongoDB. A script answers, so that
 * the driver does what it does with a real one, and what the server says is known. ("MongoDB Wire Protocol")
 */
export async function startScriptedMongodb(lifetime: Lifetime, script: Script): Promise<ScriptedMongodb> {
  let server: Server | undefined;
  let port = 0;
  const sockets = new Set<Socket>();
  const start = async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => {});
      answerAll(socket, script);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) port = address.port;
  };
  const kill = async () => {
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    server = undefined;
  };
  await start();
  lifetime.after(kill);
  return {
    get port() {
      return port;
    },
    kill,
    start,
  };
}

function answerAll(socket: Socket, script: Script): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
      const message = pending.subarray(0, pending.readInt32LE(0));
      pending = pending.subarray(message.length);
      try {
        socket.write(answer(message, script));
      } catch {
        socket.destroy();
      }
    }
  });
}

function answer(message: Buffer, script: Script): Buffer {
  const request = message.readInt32LE(4);
  const operation = message.readInt32LE(12);
  const body = message.subarray(HEADER_BYTES);
  if (operation === OP_QUERY) {
    const reply = Buffer.alloc(20);
    reply.writeInt32LE(1, 16);
    return framed(OP_REPLY, request, [reply, serialize(HELLO)]);
  }
  const command = commandOf(body);
  const isGreeting = 'hello' in command || 'ismaster' in command;
  const document = isGreeting ? HELLO : script(command);
  return framed(OP_MSG, request, [Buffer.alloc(5), serialize(document)]);
}

/** The command of an OP_MSG, with the documents that come beside it. */
function commandOf(body: Buffer): Document {
  let command: Document = {};
  for (let at = 4; at < body.length; ) {
    const kind = body.readUInt8(at++);
    const size = body.readInt32LE(at);
    const section = body.subarray(at, at + size);
    at += size;
    if (kind === 0) {
      command = { ...deserialize(section), ...command };
      continue;
    }
    const end = section.indexOf(0, 4);
    const documents: Document[] = [];
    for (let from = end + 1; from < section.length; ) {
      const length = section.readInt32LE(from);
      documents.push(deserialize(section.subarray(from, from + length)));
      from += length;
    }
    command = { ...command, [section.toString('utf8', 4, end)]: documents };
  }
  return command;
}

function framed(operation: number, responseTo: number, parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + body.length, 0);
  header.writeInt32LE(responseTo, 8);
  header.writeInt32LE(operation, 12);
  return Buffer.concat([header, body]);
}
