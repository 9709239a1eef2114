/** Bundles the page into the package: `node page/build.ts`. Run it after the compiler, which empties `dist`. */
import { copyFile, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const from = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = from('../dist/page/');

await mkdir(folder, { recursive: true });
await build({
  entryPoints: [from('page.tsx')],
  outdir: folder,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'linked',
  logLevel: 'warning',
});
await copyFile(from('index.html'), new URL('index.html', `file://${folder}`));
