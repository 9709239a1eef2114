import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const LOG = new URL('../../src/base/log.ts', import.meta.url).href;

function linesOf(program: string): string[] {
  const script = `import { stderrLogger } from ${JSON.stringify(LOG)};\n${program}`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stderr.split('\n').slice(0, -1);
}

test('each message becomes one line that begins with pitot:, whatever it contains', () => {
  const lines = linesOf(`
    const evil = 'x\\npitot: error: forged\\u001b[31m\\r\\u2028\\u0085y\\0';
    stderrLogger.warn('pitot: a name: ' + evil);
    stderrLogger.error(evil, new Error(evil), { evil });
    stderrLogger.info('all is well');
  `);
  assert.deepEqual(lines, [
    'pitot: warning: a name: x pitot: error: forged\\x1b[31m y\\x00',
    'pitot: error: x pitot: error: forged\\x1b[31m y\\x00 x pitot: error: forged\\x1b[31m y\\x00 ' +
      '{"evil":"x\\npitot: error: forged\\u001b[31m\\r y\\u0000"}',
    'pitot: all is well',
  ]);
});

test('the logger writes a line even for a value that cannot be converted to text', () => {
  const lines = linesOf(`
    const circle = {};
    circle.circle = circle;
    stderrLogger.warn(circle);
    stderrLogger.warn(Object.create(null), undefined, 10n, new Proxy({}, { get() { throw new Error('trap'); } }));
    stderrLogger.debug('x'.repeat(1_000_000));
  `);
  assert.equal(lines.length, 3);
  for (const line of lines) assert.match(line, /^pitot: .{1,9000}$/);
});
