import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A profile of V8. (Chrome DevTools protocol, `Profiler.Profile`) */
export interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** A function where it was called, with everything that it called. */
interface Flame {
  readonly name: string;
  readonly owner: Owner;
  /** Its part of the thread's time. */
  time: number;
  readonly children: Map<string, Flame>;
}

const OWNERS = {
  pitot: '#dc2626',
  application: '#f59e0b',
  'Node.js': '#93c5fd',
  V8: '#cbd5e1',
} as const;
type Owner = keyof typeof OWNERS;

export interface Graph {
  readonly title: string;
  readonly profile: Profile;
}

const WIDTH = 1100;
const ROW = 15;
const HEAD = 26;
/** Narrower flames are left out, and narrower ones have no text. */
const MIN_WIDTH = 0.4;
const MIN_TEXT = 24;
const CHARACTER = 5.4;
/** V8's own entries that are no work of the thread. */
const IDLE = new Set(['(idle)', '(program)']);

/**
 * Draws flame graphs one below the other into an SVG file. Widths are parts of a thread's time: a busy machine stretches
 * everything in a profile alike, so that microseconds of two profiles cannot be compared.
 */
export function writeFlames(path: string, graphs: readonly Graph[]): void {
  const roots = graphs.map(({ profile }) => flamesOf(profile));
  let top = 0;
  const drawn: string[] = [];
  for (const [i, root] of roots.entries()) {
    const height = HEAD + ROW * depthOf(root);
    drawn.push(
      `<text x="4" y="${top + 17}" font-size="13">${escaped(graphs[i]?.title ?? '')}: functions of pitot take ${percent(ownTime(root, 'pitot'))}</text>`,
      ...draw([...root.children.values()], 0, top + HEAD),
    );
    top += height + 12;
  }
  const legend = Object.entries(OWNERS).map(
    ([owner, color], i) =>
      `<rect x="${WIDTH - 380 + i * 95}" y="${top}" width="12" height="12" fill="${color}"/><text x="${WIDTH - 364 + i * 95}" y="${top + 10}">${owner}</text>`,
  );
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top + 18}" font-family="sans-serif" font-size="10">`,
      `<title>${escaped(graphs.map(({ title }) => title).join('; '))}</title>`,
      `<rect width="${WIDTH}" height="${top + 18}" fill="#fff"/>`,
      ...drawn,
      ...legend,
      '</svg>\n',
    ].join('\n'),
  );
}

/** The stacks of a profile as a tree. */
function flamesOf({ nodes, samples, timeDeltas }: Profile): Flame {
  const times = new Map<number, number>();
  for (const [i, id] of samples.entries()) {
    // A delta is the time since the sample before.
    times.set(id, (times.get(id) ?? 0) + (timeDeltas[i + 1] ?? 0));
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  /** Adds what a function calls to its flame. */
  const addCalls = (caller: ProfileNode | undefined, flame: Flame): void => {
    for (const id of caller?.children ?? []) {
      const node = byId.get(id);
      if (node === undefined || IDLE.has(node.callFrame.functionName)) continue;
      const { functionName, url } = node.callFrame;
      const name = functionName === '' ? '(anonymous)' : functionName;
      const owner = ownerOf(url);
      const key = `${owner} ${name}`;
      const called = flame.children.get(key) ?? { name, owner, time: 0, children: new Map() };
      flame.children.set(key, called);
      const before = called.time;
      addCalls(node, called);
      called.time += times.get(id) ?? 0;
      flame.time += called.time - before;
    }
  };
  const root: Flame = { name: '', owner: 'V8', time: 0, children: new Map() };
  addCalls(nodes[0], root);
  return partOf(root, root.time);
}

function partOf({ time, children, ...flame }: Flame, whole: number): Flame {
  const parts = [...children].map(([key, child]): [string, Flame] => [key, partOf(child, whole)]);
  return { ...flame, time: time / whole, children: new Map(parts) };
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function ownerOf(url: string): Owner {
  if (url === '') return 'V8';
  if (url.startsWith('node:')) return 'Node.js';
  return url.includes('/dist/') && !url.includes('/node_modules/') ? 'pitot' : 'application';
}

/** The time of an owner's functions, without what they call of others. */
function ownTime(flame: Flame, owner: Owner): number {
  const children = [...flame.children.values()];
  const called = children.reduce((sum, { time }) => sum + time, 0);
  const own = flame.owner === owner ? flame.time - called : 0;
  return own + children.reduce((sum, child) => sum + ownTime(child, owner), 0);
}

function depthOf(flame: Flame): number {
  const drawn = [...flame.children.values()].filter(({ time }) => time * WIDTH >= MIN_WIDTH);
  return drawn.length === 0 ? 0 : 1 + Math.max(...drawn.map(depthOf));
}

function draw(flames: readonly Flame[], left: number, top: number): string[] {
  let x = left;
  const parts: string[] = [];
  for (const { name, owner, time, children } of flames.toSorted((a, b) => b.time - a.time)) {
    const width = time * WIDTH;
    if (width < MIN_WIDTH) break;
    const characters = width < MIN_TEXT ? 0 : Math.floor(width / CHARACTER);
    const text = name.length <= characters ? name : `${name.slice(0, Math.max(0, characters - 1))}…`;
    parts.push(
      `<g><title>${escaped(name)}, ${owner}: ${percent(time)}</title><rect x="${x.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${OWNERS[owner]}" stroke="#fff" stroke-width="0.5"/>${characters > 0 ? `<text x="${(x + 2).toFixed(1)}" y="${top + 11}">${escaped(text)}</text>` : ''}</g>`,
      ...draw([...children.values()], x, top + ROW),
    );
    x += width;
  }
  return parts;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
