/**
 * Makes the tarball that is published: `npm run release:pack`, or `node build/pack.ts [--remote URL]
 * [--destination DIRECTORY]`. Prints its path. The files are those that package.json lists, but package.json and the
 * pages are rewritten for readers outside the repository (see published.ts). The work tree gets a new `dist` and,
 * unless told otherwise, the tarball; its own package.json and pages stay as they are.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Origin, publishedManifest, publishedPage, repositoryOf } from './published.ts';

const ROOT = join(import.meta.dirname, '..');

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const { remote = originOfClone(), destination } = parseArgs({
  options: { remote: { type: 'string' }, destination: { type: 'string', default: '.' } },
}).values;

const manifest: { readonly version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const origin: Origin = { repository: repositoryOf(remote), tag: `v${manifest.version}` };

// Keeps the output of the build out of standard output, which is for the path of the tarball.
execFileSync('npm', ['run', 'build'], { cwd: ROOT, stdio: ['ignore', process.stderr, process.stderr] });
const shipped = npmPack(['--dry-run', ROOT]).files.map(({ path }) => path);

const staged = mkdtempSync(join(tmpdir(), 'pitot-package-'));
try {
  for (const path of shipped) {
    cpSync(join(ROOT, path), join(staged, path));
    if (path.endsWith('.md')) {
      const page = readFileSync(join(ROOT, path), 'utf8');
      writeFileSync(join(staged, path), publishedPage(path, page, origin, shipped, isDirectory));
    }
  }
  const published = publishedManifest(manifest, origin);
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  const { filename } = npmPack(['--pack-destination', resolve(destination), staged]);
  console.log(join(resolve(destination), filename));
} finally {
  rmSync(staged, { recursive: true, force: true });
}

function originOfClone(): string {
  try {
    return execFileSync('git', ['remote', 'get-url', 'origin'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch (cause) {
    throw new Error('this clone has no git remote named origin: give its URL with --remote', { cause });
  }
}

function npmPack(args: readonly string[]): Packed {
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', ...args], {
    cwd: tmpdir(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [packed]: readonly Packed[] = JSON.parse(output);
  if (packed === undefined) throw new Error(`npm pack made no tarball: ${output}`);
  return packed;
}

function isDirectory(path: string): boolean {
  return statSync(join(ROOT, path)).isDirectory();
}
