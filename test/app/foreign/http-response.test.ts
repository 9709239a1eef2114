import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { test } from 'node:test';
import { declaredLength } from '../../../src/app/foreign/http-response.ts';
import { listening } from '../sources/http/helpers/listening.ts';

const DECLARATIONS: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  'a header that was set': (response) => response.setHeader('Content-Length', 3),
  'a header that was sent': (response) => response.setHeader('Content-Length', '3').flushHeaders(),
  'an object given to writeHead()': (response) => response.writeHead(200, { 'content-length': 3 }),
  'a list given to writeHead()': (response) => response.writeHead(200, ['Content-Length', '3']),
};

for (const [where, declare] of Object.entries(DECLARATIONS)) {
  test(`this Node.js keeps the length that a response declares in ${where}`, async (t) => {
    let length: number | undefined;
    const port = await listening(
      t,
      createServer((_, response) => {
        declare(response);
        length = declaredLength(response);
        response.end('abc');
      }),
    );
    await (await fetch(`http://127.0.0.1:${port}`)).text();
    assert.equal(length, 3);
  });
}

test('a response that declares no length has none', async (t) => {
  const lengths: unknown[] = [];
  const port = await listening(
    t,
    createServer((_, response) => {
      lengths.push(declaredLength(response));
      response.write('a');
      lengths.push(declaredLength(response));
      response.end();
    }),
  );
  await (await fetch(`http://127.0.0.1:${port}`)).text();
  assert.deepEqual(lengths, [undefined, undefined]);
});
