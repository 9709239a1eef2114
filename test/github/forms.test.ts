import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { REPOSITORY } from '../harness/service.ts';

/** Files that make a folder one of an ecosystem that Dependabot knows. */
const MANIFESTS: Readonly<Record<string, RegExp>> = {
  npm: /^package-lock\.json$/,
  'github-actions': /^\.github$/,
  docker: /^Dockerfile$/,
  'docker-compose': /^compose\.yaml$/,
};

/** Attributes that a kind of field must have. (GitHub's form schema) */
const REQUIRED: Readonly<Record<string, string>> = { markdown: 'value', textarea: 'label', input: 'label' };

test('Dependabot watches folders that hold its ecosystems, and every lock file', () => {
  const { version, updates } = parse(readFileSync(join(REPOSITORY, '.github/dependabot.yml'), 'utf8'));
  assert.equal(version, 2);
  for (const { 'package-ecosystem': ecosystem, directory, schedule } of updates) {
    const files = readdirSync(join(REPOSITORY, directory));
    const manifest = MANIFESTS[ecosystem];
    assert.ok(manifest && files.some((name) => manifest.test(name)), `${ecosystem} in ${directory}`);
    assert.match(schedule.interval, /^(weekly|monthly)$/);
  }
  const npm = updates.filter((one: Record<string, string>) => one['package-ecosystem'] === 'npm');
  assert.deepEqual(
    npm.map(({ directory }: { directory: string }) => directory),
    ['/', '/bench'],
  );
});

const FORMS = join(REPOSITORY, '.github/ISSUE_TEMPLATE');

for (const name of readdirSync(FORMS).filter((one) => one !== 'config.yml')) {
  test(`the issue form ${name} has the fields that GitHub asks for`, () => {
    const form = parse(readFileSync(join(FORMS, name), 'utf8'));
    assert.ok(form.name.length > 2 && form.description.length > 2);
    const ids = form.body.flatMap(({ id }: { id?: string }) => id ?? []);
    assert.equal(new Set(ids).size, ids.length);
    for (const { type, id, attributes } of form.body) {
      const required = REQUIRED[type];
      assert.ok(required !== undefined && attributes[required]?.length > 0, `${type} ${id}`);
      assert.ok(type === 'markdown' || /^[\w-]+$/.test(id), `${type} ${id}`);
    }
    for (const [file] of JSON.stringify(form).matchAll(/\b(?:docs\/)?[\w-]+\.md\b/g)) {
      assert.ok(existsSync(join(REPOSITORY, file)), file);
    }
  });
}
