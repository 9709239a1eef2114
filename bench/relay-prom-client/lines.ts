/**
 * Counts the lines of both relays that are there for metrics: lines of code, without comments and blank lines, that name
 * something which a module for metrics exports, or a variable that was made with it; and all lines of `metrics.ts`.
 *
 *   node bench/relay-prom-client/lines.ts
 */
import { readFileSync } from 'node:fs';

const FILES = ['metrics.ts', 'relay.ts', 'sessions.ts', 'runs.ts', 'service.ts'];
const VERSIONS = { 'prom-client': '.', pitot: '../../examples/relay' };
const METRICS_MODULES = /^(pitot|pitot\/instruments|prom-client|\.\/metrics\.ts)$/;

for (const [name, folder] of Object.entries(VERSIONS)) {
  const counts = FILES.map((file) => {
    const code = codeOf(readFileSync(new URL(`${folder}/${file}`, import.meta.url), 'utf8'));
    return { file, lines: file === 'metrics.ts' ? code.length : measuringLines(code), all: code.length };
  });
  const total = (key: 'lines' | 'all') => counts.reduce((sum, count) => sum + count[key], 0);
  console.log(`${name}: ${total('lines')} of ${total('all')} lines are there for metrics`);
  for (const { file, lines, all } of counts) console.log(`  ${file} ${lines} of ${all}`);
}

function codeOf(text: string): string[] {
  return text
    .replaceAll(/\/\*.*?\*\//gs, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\/\/.*/, '').trim())
    .filter((line) => line !== '');
}

function measuringLines(code: readonly string[]): number {
  const imports = code.join('\n').matchAll(/import (?:type )?\{([^}]*)\} from '([^']+)'/g);
  const names = new Set<string>();
  for (const [, list = '', module = ''] of imports) {
    if (!METRICS_MODULES.test(module)) continue;
    for (const name of list.split(',')) {
      if (name.trim() !== '') names.add(name.trim().replace(/^type /, ''));
    }
  }
  // The objects that they make: timers, bound instruments, scopes.
  for (const line of code) {
    const [, made] = /(?:const|let|using|readonly|private readonly) (\w+)[^=]*= /.exec(line) ?? [];
    if (
      made !== undefined &&
      mentions(line, names) &&
      !line.includes('=>') &&
      !line.includes('new WebSocketServer')
    ) {
      names.add(made);
    }
  }
  return code.filter((line) => mentions(line, names)).length;
}

function mentions(line: string, names: ReadonlySet<string>): boolean {
  return [...names].some((name) => new RegExp(`(^|[^\\w./'])(this\\.)?${name}\\b`).test(line));
}
