import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { optionalProperties } from './helpers/optional-properties.ts';

// The declarations are those of `npm run build`, as an application gets them. Those of `pitot/prom-client` are not among
// them: they are prom-client's.

/** Declared as the OpenTelemetry API declares them, so that our options are options of the API. */
const OF_API = ['advice', 'explicitBucketBoundaries'];
/** Parts of values that pitot returns: absent while there is none. */
const RETURNED = ['min', 'max'];

test('every optional property takes undefined, also under exactOptionalPropertyTypes', async () => {
  let count = 0;
  for (const door of ['index', 'instruments', 'testing']) {
    const declarations = await readFile(new URL(`../../dist/${door}.d.ts`, import.meta.url), 'utf8');
    const properties = optionalProperties(declarations);
    count += properties.length;
    const strict = properties
      .filter(([, type]) => !/(?:^|\| )(?:undefined|unknown)$/.test(type))
      .map(([name]) => name)
      .filter((name) => !OF_API.includes(name) && !RETURNED.includes(name));
    assert.deepEqual(strict, [], door);
  }
  assert.ok(count > 150, `${count} properties`);
});

test('a nested property is found, and a parameter is none', () => {
  const properties = optionalProperties(
    "interface A { b?: { readonly c?: ';'; d(e?: number): void } | undefined; /** f?: 1 */ g?: (h?: 1) => void; }",
  );
  assert.deepEqual(
    properties.map(([name]) => name),
    ['b', 'c', 'g'],
  );
  assert.match(properties[0]?.[1] ?? '', /\} \| undefined$/);
  assert.equal(properties[2]?.[1], '(h?: 1) => void');
});
