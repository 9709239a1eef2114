import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withoutIdentifiers } from '../../../../src/app/sources/http/path-template.ts';

test('segments that look like identifiers become the placeholder of their kind', () => {
  const examples: Readonly<Record<string, string>> = {
    '/users/17': '/users/{id}',
    '/users/-17/x': '/users/{id}/x',
    '/orders/6f1e0c9a-5a2b-4c3d-8e4f-0123456789ab': '/orders/{uuid}',
    '/orders/6F1E0C9A5A2B4C3D8E4F0123456789AB': '/orders/{uuid}',
    '/commits/9fceb02d0ae598e95dc970b74767f19372d61af8': '/commits/{hash}',
    '/commits/9fceb02': '/commits/{hash}',
    '/days/2026-11-20': '/days/{date}',
    '/days/2026-11-20T10:00:00Z/x': '/days/{date}/x',
    '/people/jo%40example.com': '/people/{email}',
    '/people/jo@example.com': '/people/{email}',
    '/customers/cus_9s6XKzkNRiz8i3': '/customers/{id}',
    '/items/item-4': '/items/{id}',
    '/events/01ARZ3NDEKTSV4RRFFQ69G5FAV': '/events/{id}',
    '/sessions/dQwXgWcQabcQdQwXgWcQabcQd': '/sessions/{token}',
    [`/x/${'long-word-'.repeat(5)}`]: '/x/{token}',
    '/api/v2/users': '/api/v2/users',
    '/oauth2/authorize': '/oauth2/authorize',
    '/Admin/settings_page/sign-in': '/Admin/settings_page/sign-in',
    '/': '/',
    '': '',
    '/%zz': '/%zz',
  };
  for (const [path, template] of Object.entries(examples)) assert.equal(withoutIdentifiers(path), template);
});

test('property: no number, hash, UUID or long text remains in any place', () => {
  const identifier = fc.oneof(
    fc.uuid(),
    fc.nat().map(String),
    fc.stringMatching(/^[0-9a-f]{12,64}$/).filter((text) => /\d/.test(text)),
    fc.stringMatching(/^[A-Za-z]{26,60}$/),
    fc.stringMatching(/^[a-z]{2,5}_[0-9][A-Za-z0-9]{8,20}[0-9]$/),
  );
  fc.assert(
    fc.property(fc.array(fc.constantFrom('users', 'api', 'v1')), identifier, (words, id) => {
      const template = withoutIdentifiers(['', ...words, id, ...words].join('/'));
      assert.ok(!template.split('/').includes(id), template);
      assert.deepEqual(template.split('/').slice(1, 1 + words.length), words);
    }),
  );
});

test('property: a template does not change when it is templated again', () => {
  fc.assert(
    fc.property(fc.webPath(), (path) => {
      const once = withoutIdentifiers(path);
      assert.equal(withoutIdentifiers(once), once);
      assert.equal(once.split('/').length, path.split('/').length);
    }),
  );
});
