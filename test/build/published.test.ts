import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishedManifest, publishedPage, repositoryOf } from '../../build/published.ts';

const ORIGIN = { repository: 'example/pitot', tag: 'v1.2.3' };
const SHIPPED = ['README.md', 'docs/http.md', 'docs/alerts.md', 'prometheus/rules/http.yml'];

function published(page: string, markdown: string): string {
  return publishedPage(page, markdown, ORIGIN, SHIPPED, (path) => !path.includes('.'));
}

test('a remote on GitHub is recognized in each form that git takes', () => {
  for (const remote of [
    'git@github.com:example/pitot.git',
    'ssh://git@github.com/example/pitot.git',
    'https://github.com/example/pitot',
    'https://github.com/example/pitot.git',
    'https://x-access-token:secret@github.com/example/pitot.git/',
  ]) {
    assert.equal(repositoryOf(remote), 'example/pitot', remote);
  }
});

test('another remote is refused', () => {
  for (const remote of [
    '',
    '/srv/pitot.git',
    'https://gitlab.com/example/pitot',
    'https://github.com/example',
  ]) {
    assert.throws(() => repositoryOf(remote), /must be a repository on GitHub/, remote);
  }
});

test('a published package.json has its origin and no field of the repository alone', () => {
  const manifest = {
    name: 'pitot',
    private: true,
    scripts: { test: 'x' },
    devDependencies: {},
    type: 'module',
  };
  assert.deepEqual(publishedManifest(manifest, ORIGIN), {
    name: 'pitot',
    type: 'module',
    repository: { type: 'git', url: 'git+https://github.com/example/pitot.git' },
    homepage: 'https://github.com/example/pitot#readme',
    bugs: { url: 'https://github.com/example/pitot/issues' },
  });
});

test('a page links to files of the package directly, and to the repository for the rest', () => {
  assert.equal(
    published(
      'docs/http.md',
      '[a](alerts.md#x), [r](../prometheus/rules), [b](../bench/results.md#http), [e](../examples)',
    ),
    '[a](alerts.md#x), [r](../prometheus/rules), ' +
      '[b](https://github.com/example/pitot/blob/v1.2.3/bench/results.md#http), ' +
      '[e](https://github.com/example/pitot/tree/v1.2.3/examples)',
  );
});

test('the README has no relative link, because a registry shows it by itself', () => {
  assert.equal(
    published(
      'README.md',
      '[`http`](docs/http.md) [top](#top) [site](https://example.org) <img src="docs/images/a.png">',
    ),
    '[`http`](https://github.com/example/pitot/blob/v1.2.3/docs/http.md) [top](#top) [site](https://example.org) ' +
      '<img src="https://raw.githubusercontent.com/example/pitot/v1.2.3/docs/images/a.png">',
  );
});

test('code stays as it is', () => {
  const markdown = '```\n[a](docs/x.md)\n```\nand `[b](docs/y.md)`';
  assert.equal(published('README.md', markdown), markdown);
});
