import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { startChild } from './child.ts';
import type { Lifetime } from './lifetime.ts';
import { inherited, PATIENT, REPOSITORY, type Service, serviceOf } from './service.ts';

/** A block of code. */
interface Block {
  /** The heading above it. */
  readonly heading: string;
  readonly language: string;
  /** The name that the document gives it: in the paragraph before, `app.js`:, or in a comment that is its first line. */
  readonly file: string | undefined;
  readonly text: string;
}

const HEADING_OR_BLOCK =
  /^#+ (?<heading>[^\n]+)$|(?:^`(?<before>[\w.-]+)`:\n\n)?^```(?<language>\w*)\n(?<text>.*?)^```$/gms;
const FIRST_LINE = /^(?:\/\/|#) (?<file>[\w-]+\.\w+)\b/;
/** Languages that a reader copies. */
const CODE: readonly string[] = ['js', 'ts', 'sh', 'yaml'];

/** Texts of a block and their replacements in a test: an address, a port. Each must be in the block. */
type Replacements = Readonly<Record<string, string>>;

/** A document whose blocks of code a test runs as its reader would. */
export class Guide {
  private readonly text: string;
  private readonly blocks: readonly Block[];
  private readonly taken = new Set<Block>();

  /** @param document its path in the repository */
  constructor(document: string) {
    this.text = readFileSync(join(REPOSITORY, document), 'utf8');
    let heading = '';
    const blocks: Block[] = [];
    for (const { groups = {} } of this.text.matchAll(HEADING_OR_BLOCK)) {
      const { text = '', language = '' } = groups;
      if (groups.heading !== undefined) heading = groups.heading;
      else
        blocks.push({ heading, language, text, file: groups.before ?? FIRST_LINE.exec(text)?.groups?.file });
    }
    this.blocks = blocks;
  }

  /** The block that is a text, or the one that contains it. */
  block(content: string, replacements: Replacements = {}): string {
    const whole = this.blocks.filter(({ text }) => text === `${content}\n`);
    const [block, ...others] =
      whole.length > 0 ? whole : this.blocks.filter(({ text }) => text.includes(content));
    assert.ok(block !== undefined && others.length === 0, `one block has ${content}`);
    return this.take(block, replacements);
  }

  /** The blocks under a heading that have the name of a file, by that. */
  files(heading: string): ReadonlyMap<string, string> {
    const files = this.blocks.flatMap((block) =>
      block.heading === heading && block.file !== undefined ? [[block.file, this.take(block)] as const] : [],
    );
    assert.ok(files.length > 0, `no file under '${heading}'`);
    return new Map(files);
  }

  /** The cells of the rows of the one table whose first column has this title. */
  table(title: string): readonly (readonly string[])[] {
    const [table, ...others] = [...this.text.matchAll(/^(?:\|.*\|\n)+/gm)]
      .map(([lines]) =>
        lines
          .trim()
          .split('\n')
          .map((line) => line.split('|').slice(1, -1)),
      )
      .map((rows) => rows.map((cells) => cells.map((cell) => cell.trim())))
      .filter(([head]) => head?.[0] === title);
    assert.ok(table !== undefined && others.length === 0, `one table has ${title}`);
    return table.slice(2);
  }

  /** The first lines of the blocks that no test has asked for. */
  get left(): readonly string[] {
    return this.blocks
      .filter((block) => CODE.includes(block.language) && !this.taken.has(block))
      .map(({ text }) => text.slice(0, text.indexOf('\n')));
  }

  private take(block: Block, replacements: Replacements = {}): string {
    this.taken.add(block);
    let { text } = block;
    for (const [from, to] of Object.entries(replacements)) {
      assert.ok(text.includes(from), `the block has no ${from}`);
      text = text.replaceAll(from, to);
    }
    return text;
  }
}

/** Replaces the `listen` of a server with a fixed port: takes a free port and prints it. */
export const LISTEN = `listen(0, '127.0.0.1', function () { console.log('listening on ' + this.address().port); })`;

/** Makes a folder with these files, in which `pitot` is the build, and other packages those of the repository. */
export async function folderOf(
  lifetime: Lifetime,
  files: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
): Promise<string> {
  const cache = join(REPOSITORY, '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'guide-'));
  lifetime.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'node_modules'));
  await symlink(REPOSITORY, join(folder, 'node_modules/pitot'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }');
  for (const [name, text] of files instanceof Map ? files : Object.entries(files)) {
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/**
 * Runs a command of a guide in a shell. `node` is the one that runs the test.
 *
 * @param env for what a guide leaves to the reader's machine; a busy one has more time to end than the default
 */
export async function runCommand(
  lifetime: Lifetime,
  command: string,
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Service> {
  const child = await startChild(lifetime, 'sh', {
    args: ['-c', command],
    cwd,
    env: {
      ...inherited(),
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      ...PATIENT,
      ...env,
    },
  });
  return serviceOf(child);
}
