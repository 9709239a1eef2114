import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { settledRoute } from '../../../../src/app/sources/official/express-route.ts';

test('a request that did not come through Express keeps the route of its framework', () => {
  const request = new IncomingMessage(new Socket());
  assert.equal(settledRoute('/users/:id', request, 404), '/users/:id');
  assert.equal(settledRoute('/', request, 200), '/');
  assert.equal(settledRoute(undefined, request, 200), undefined);
});
