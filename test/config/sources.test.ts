import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readConfig } from '../../src/config/config.ts';
import { chosenSources, SOURCES, type VersionRange } from '../../src/config/sources.ts';

const ALL = chosenSources({ sources: undefined, disabledSources: [], webSockets: [] });

for (const [env, chosen] of [
  [{}, ALL],
  [{ PITOT_WEBSOCKETS: 'ws' }, [...ALL, 'ws']],
  [{ PITOT_SOURCES: 'socket.io,pg' }, ['pg', 'socket.io']],
  [{ PITOT_SOURCES: 'none' }, []],
  [{ PITOT_WEBSOCKETS: 'ws,socket.io', OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'ws' }, [...ALL, 'socket.io']],
  [{ OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg' }, ALL.filter((name) => name !== 'pg')],
  [{ OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg', PITOT_DISABLED_SOURCES: 'none' }, ALL],
] as const) {
  test(`${JSON.stringify(env)} chooses its sources without a fault`, () => {
    const { config, faults } = readConfig({}, env);
    assert.deepEqual(chosenSources(config).toSorted(), chosen.toSorted());
    assert.deepEqual(faults, []);
  });
}

test("an unknown name is a fault in pitot's own variable", () => {
  const { faults } = readConfig({}, { PITOT_DISABLED_SOURCES: 'pgg' });
  assert.match(String(faults[0]?.text), /PITOT_DISABLED_SOURCES is "pgg", but must be a list of http, /);
});

for (const { page: name, groups } of [
  { page: 'databases', groups: ['database drivers'] },
  { page: 'rpc', groups: ['RPC'] },
  { page: 'graphql', groups: ['GraphQL'] },
  { page: 'messaging', groups: ['messaging'] },
]) {
  test(`the page ${name}.md names the supported versions of every package`, () => {
    const page = readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| '));
    for (const source of Object.values(SOURCES)) {
      if (!groups.includes(source.group) || !('packages' in source)) continue;
      for (const [name, { from, below }] of Object.entries<VersionRange>(source.packages)) {
        const row = rows.find((line) => line.includes(`\`${name}\``));
        const range = below === undefined ? `>=${from}` : `>=${from} <${below}`;
        assert.ok(row?.includes(`| ${range} |`), `${name}: expected ${range} in ${row}`);
      }
    }
  });
}
