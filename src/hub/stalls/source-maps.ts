import { readFile, stat } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { StackFrame } from '../../model/stack-cells.ts';

/** Bytes of a generated file, and of its source map. Larger ones are not read. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Files of one stack whose source maps are looked for. */
const MAX_FILES = 8;

const COMMENT = '//# sourceMappingURL=';
const TYPESCRIPT = /\.[cm]?tsx?$/;

/** Finds a frame's source. */
type Translation = (frame: StackFrame) => StackFrame;

/**
 * The frames with the positions of their sources, for files that name a source map. A loader may have compiled a
 * TypeScript file in memory; if a position cannot be in the file on disk, it is 0.
 */
export async function withSources(frames: readonly StackFrame[]): Promise<StackFrame[]> {
  const files = [...new Set(frames.map(({ file }) => file))].slice(0, MAX_FILES);
  const generated = new Map(
    await Promise.all(files.map(async (file) => [file, await read(file).catch(() => undefined)] as const)),
  );
  return frames.map((frame) => generated.get(frame.file)?.(frame) ?? frame);
}

function sourceOf(frame: StackFrame, map: SourceMap): StackFrame {
  const entry = map.findEntry(frame.line - 1, frame.column - 1);
  if (!('originalSource' in entry)) return frame;
  const { originalSource, originalLine, originalColumn } = entry;
  const file = URL.parse(originalSource, urlOf(frame.file))?.href ?? originalSource;
  return { ...frame, file, line: originalLine + 1, column: originalColumn + 1 };
}

async function read(file: string): Promise<Translation | undefined> {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const text = await bounded(path);
  const at = text.lastIndexOf(COMMENT);
  if (at >= 0) {
    const url = text.slice(at + COMMENT.length).split(/\s/, 1)[0] ?? '';
    const map = new SourceMap(JSON.parse(await sourceMapText(url, file)));
    return (frame) => sourceOf(frame, map);
  }
  if (!TYPESCRIPT.test(path)) return undefined;
  const lines = text.split('\n');
  const contains = ({ line, column }: StackFrame) => (lines[line - 1] ?? '').length >= column - 1;
  return (frame) => (contains(frame) ? frame : { ...frame, line: 0, column: 0 });
}

async function sourceMapText(url: string, file: string): Promise<string> {
  const data = /^data:application\/json[^,]*?(;base64)?,(.*)$/s.exec(url);
  if (data === null) return bounded(fileURLToPath(new URL(url, urlOf(file))));
  const [, base64, content = ''] = data;
  return base64 === undefined ? decodeURIComponent(content) : Buffer.from(content, 'base64').toString();
}

async function bounded(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes`);
  return readFile(path, 'utf8');
}

function urlOf(file: string): string {
  return file.startsWith('file:') ? file : pathToFileURL(file).href;
}
