import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLACES, withVersions } from '../stack/versions.ts';
import { read } from './helpers/files.ts';

test('images, manifest and documents have the versions of test/stack/versions.json', () => {
  for (const file of new Set(PLACES.map((place) => place.file)))
    assert.equal(read(file), withVersions(file), `npm run stack:versions -- --write changes ${file}`);
});
