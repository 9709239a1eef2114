import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Discovery } from '../../src/channel/discovery/discovery.ts';
import { diffOf, helloOf, lengthOf, peerOn } from '../../test/hub/processes/helpers/peer.ts';

/** Runs an attack until the signal aborts. */
export type Attack = (target: Target, signal: AbortSignal) => void;

interface Target {
  /** The endpoint's port. */
  readonly port: number;
  /** A header of a user whom the endpoint lets in. */
  readonly authorization: string;
  /** Counts a connection, a request or a message of the attack. */
  readonly count: (times?: number) => void;
}

const request = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;

/** Keeps so many connections open; one that is closed comes again. */
function crowd(
  { port, count }: Target,
  signal: AbortSignal,
  size: number,
  hold: (socket: Socket) => void,
): void {
  const open = () => {
    if (signal.aborted) return;
    const socket = connect(port, '127.0.0.1', () => {
      count();
      hold(socket);
    });
    const end = () => socket.destroy();
    signal.addEventListener('abort', end);
    socket
      .on('error', () => {})
      .on('close', () => {
        signal.removeEventListener('abort', end);
        setTimeout(open, 50);
      });
  };
  for (let i = 0; i < size; i++) open();
}

/** Does the same again and again, so many times at once, until the end; a failure is followed by a short pause. */
function again(signal: AbortSignal, parallel: number, work: (n: number) => Promise<unknown>): void {
  let n = 0;
  const one = async () => {
    while (!signal.aborted) await work(n++).catch(() => pause(20));
  };
  for (let i = 0; i < parallel; i++) void one();
}

function wrongLogins(parallel: number): Attack {
  return ({ port, count }, signal) =>
    again(signal, parallel, async (n) => {
      const authorization = `Basic ${btoa(`prom:${n} ${Math.random()}`)}`;
      count();
      await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization }, signal })).text();
    });
}

/** A whole answer, or as much as there is when the connection closes. */
async function answerTo({ port }: Target, bytes: string): Promise<void> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.resume().end(bytes);
  await once(socket, 'close');
}

const slowReaders: Attack = (target, signal) =>
  crowd(target, signal, 260, (socket) => {
    socket.write(request('/page/page.js', `Authorization: ${target.authorization}\r\n`).repeat(60));
    socket.pause();
    const drip = setInterval(() => socket.read(16), 500);
    socket.once('close', () => clearInterval(drip));
  });

const distinct: Attack = (target, signal) =>
  crowd(target, signal, 16, (socket) => {
    let answers = 0;
    let n = 0;
    const ask = () => {
      target.count(8);
      for (let i = 0; i < 8; i++) {
        const id = `${n++}-${Math.random()}`;
        socket.write(
          `GET /metrics/${id} HTTP/1.1\r\nHost: ${id}.example\r\nAuthorization: ${target.authorization}\r\n\r\n`,
        );
      }
    };
    socket.on('data', (data) => {
      answers += data.toString('latin1').split('HTTP/1.1 ').length - 1;
      if (answers >= n) ask();
    });
    ask();
  });

const members: Attack = ({ port, count }, signal) => {
  const { env, platform } = process;
  const discovery = new Discovery({ host: 'localhost', port, env, platform });
  const service = { name: 'attacked', namespace: '' };
  const whole = { type: 'state', isWhole: true, diff: diffOf(1) };
  const kinds = [
    (socket: Socket) => {
      const peer = peerOn(socket);
      for (const message of [{ ...helloOf('bad'), service }, whole, { ...whole, diff: null }])
        peer.send(message);
      return peer.closed;
    },
    async (socket: Socket) => {
      socket.resume().write(Buffer.concat([lengthOf(2 ** 26), Buffer.alloc(2 ** 24)]));
      await once(socket, 'close');
    },
  ];
  again(signal, 4, async (n) => {
    const socket = await discovery.connect();
    if (socket === undefined) throw new Error('no leader');
    count();
    const end = () => socket.destroy();
    signal.addEventListener('abort', end);
    socket.on('error', () => {}).once('close', () => signal.removeEventListener('abort', end));
    await kinds[n % kinds.length]?.(socket);
    await pause(20);
  });
};

/** Whether the OTLP receiver gives bad answers, one after another, or good ones. */
let isHostile = false;
const answers: readonly ((response: ServerResponse) => void)[] = [
  (response) => response.writeHead(200).write('and then'),
  (response) => response.writeHead(500, { 'content-type': 'text/plain' }).end('x'.repeat(20_000_000)),
  (response) => response.writeHead(429, { 'retry-after': '0' }).end(),
  (response) => response.socket?.resetAndDestroy(),
  (response) =>
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(Buffer.alloc(1e6, 255)),
  (response) => response.socket?.end('HTTP/1.1 200 \u001b[31m\r\nx: '.padEnd(200_000, 'y')),
];
let received = 0;

/** Starts the receiver, and says where it is. */
export async function startReceiver(): Promise<number> {
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => {
      received++;
      if (isHostile) answers[received % answers.length]?.(response);
      else response.end();
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const address = receiver.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const receiver: Attack = ({ count }, signal) => {
  isHostile = true;
  const before = received;
  signal.addEventListener('abort', () => {
    isHostile = false;
    count(received - before);
  });
};

/** By the names that the table has. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  '1 wrong login at a time': wrongLogins(1),
  '5 wrong logins': wrongLogins(5),
  '10 wrong logins': wrongLogins(10),
  '40 wrong logins': wrongLogins(40),
  '260 slow readers, 60 pipelined requests each': slowReaders,
  '230 connections that pipeline 401s': (target, signal) =>
    crowd(target, signal, 230, (socket) => socket.resume().write(request('/metrics').repeat(200))),
  '300 event streams that are never read': (target, signal) =>
    crowd(target, signal, 300, (socket) =>
      socket.pause().write(request('/page/events', `Authorization: ${target.authorization}\r\n`)),
    ),
  '300 requests that never become complete': (target, signal) =>
    crowd(target, signal, 300, (socket) => {
      socket.resume().write(request('/metrics').slice(0, -2));
      const drip = setInterval(() => socket.write('x: y\r\n'), 500);
      socket.once('close', () => clearInterval(drip));
    }),
  'headers of 64 KiB': (target, signal) =>
    again(signal, 20, () => {
      target.count();
      return answerTo(target, request('/metrics', `x: ${'y'.repeat(65_536)}\r\n`));
    }),
  "a bad member's messages": members,
  'hostile answers of an OTLP receiver': receiver,
  'distinct hosts and paths': distinct,
};
