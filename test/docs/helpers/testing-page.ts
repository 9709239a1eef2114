import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY } from '../../harness/service.ts';

/** A file that the page shows under its name. */
const FILE = /^`([\w.-]+)`:\n\n```js\n(.*?)^```$/gms;

/** The files that docs/testing.md shows under a heading, by name; the title is the first heading. */
export async function filesUnder(heading: string): Promise<ReadonlyMap<string, string>> {
  const section = await sectionUnder(heading);
  return new Map(Array.from(section.matchAll(FILE), ([, name = '', text = '']) => [name, text]));
}

/** The first code that the page shows under a heading. */
export async function codeUnder(heading: string): Promise<string> {
  const code = /^```js\n(.*?)^```$/ms.exec(await sectionUnder(heading))?.[1];
  if (code === undefined) throw new Error(`docs/testing.md shows no code under '${heading}'`);
  return code;
}

async function sectionUnder(heading: string): Promise<string> {
  const page = await readFile(join(REPOSITORY, 'docs/testing.md'), 'utf8');
  const section = page.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/testing.md has no heading '${heading}'`);
  return section;
}
