import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { ask } from '../hub/http/helpers/served.ts';

test('the endpoint keeps serving 1,000 slow clients of every kind, with bounded memory', {
  timeout: 110_000,
}, async (t) => {
  const program = `
    const { metrics } = require('@opentelemetry/api');
    const histogram = metrics.getMeter('m').createHistogram('h');
    for (let i = 0; i < 1900; i++) histogram.record(1, { route: '/a/rather/long/route/number/' + i });
    setInterval(() => {}, 1e6);`;
  const service = await startService(t, { args: ['-e', program] });
  const { port } = await service.endpoint();
  const scrape = async () => {
    const { status } = await ask(Number(port));
    return status === 200 || undefined;
  };
  await scrape();
  const before = residentMegabytes(service.pid);

  const clients: Socket[] = [];
  t.after(() => {
    for (const socket of clients) socket.destroy();
  });
  const kinds = [
    // Says nothing.
    () => {},
    // Says a little, and then a little more.
    (socket: Socket) => {
      socket.write('GET /metrics HTTP/1.1\r\nho');
      const timer = setInterval(() => socket.write('x'), 1000);
      socket.once('close', () => clearInterval(timer));
    },
    // Asks, and takes nothing of the answer.
    (socket: Socket) => socket.pause().write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'),
    // Asks again and again, and takes nothing.
    (socket: Socket) => socket.pause().write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(100)),
    // Sends a body without end.
    (socket: Socket) =>
      socket.write(`POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000000\r\n\r\nabc`),
  ];
  let most = 0;
  for (let i = 0; i < 1000; i++) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    socket.on('connect', () => kinds[i % kinds.length]?.(socket));
    clients.push(socket);
    if (i % 50 === 49) {
      most = Math.max(most, residentMegabytes(service.pid));
      await until(scrape, { what: `a scrape beside ${i + 1} slow clients`, timeout: 20_000 });
    }
  }
  for (let i = 0; i < 20; i++) {
    await until(scrape, { what: 'a scrape beside 1,000 slow clients', timeout: 20_000 });
    most = Math.max(most, residentMegabytes(service.pid));
  }
  // Most of it is what V8 lets its heap grow by before it collects garbage; 4,000 clients take no more.
  assert.ok(most - before < 250, `from ${before} to ${most} MB`);
});

function residentMegabytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
