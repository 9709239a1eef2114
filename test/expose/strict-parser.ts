import assert from 'node:assert/strict';

/** One line of samples: what a scraper reads from it. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: ParsedSample[];
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const VALUE = /^(?:[+-]Inf|NaN|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)$/;

/**
 * Reads the Prometheus text format 0.0.4 and refuses whatever it does not allow, and also what it
 * allows but a careful exporter does not write: other white space, samples of one family apart, a family
 * or a series twice, reserved or empty labels.
 */
export function parse(text: string): ParsedFamily[] {
  if (text === '') return [];
  assert.ok(text.endsWith('\n'), 'the last line ends with a line feed');
  const families: ParsedFamily[] = [];
  const seen = new Set<string>();
  let help: { name: string; help: string } | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/s.exec(line);
    if (comment !== null) {
      const [, keyword, name = '', rest = ''] = comment;
      assert.match(name, METRIC_NAME);
      if (keyword === 'HELP') {
        assert.equal(help, undefined, 'a TYPE follows each HELP');
        help = { name, help: unescaped(rest, /\\|\n/) };
      } else {
        assert.match(rest, /^(counter|gauge|histogram)$/);
        assert.ok(!families.some((family) => family.name === name), `one TYPE for ${name}`);
        if (help !== undefined) assert.equal(help.name, name);
        families.push({ name, type: rest, help: help?.help ?? '', samples: [] });
        help = undefined;
      }
      continue;
    }
    assert.equal(help, undefined, 'a TYPE follows each HELP');
    const sample = parseSample(line);
    const family = families.at(-1);
    assert.ok(family !== undefined && sampleNames(family).includes(sample.name), `${line} is in its family`);
    const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    assert.ok(!seen.has(series), `${series} occurs once`);
    seen.add(series);
    family.samples.push(sample);
  }
  return families;
}

function sampleNames({ name, type }: ParsedFamily): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

function parseSample(line: string): ParsedSample {
  const [, name = '', labelText, valueText = ''] = /^([^\s{]+)(?:\{(.*)\})? ([^\s]+)$/s.exec(line) ?? [];
  assert.match(name, METRIC_NAME, `a sample: ${line}`);
  assert.match(valueText, VALUE);
  const value = Number(valueText.replace('Inf', 'Infinity'));
  return { name, labels: labelText === undefined ? {} : parseLabels(labelText), value };
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  for (;;) {
    const [whole = '', name = '', value = '', comma = ''] =
      /^([^=]+)="((?:[^\\"]|\\.)*)"(,?)/s.exec(rest) ?? [];
    assert.match(name, LABEL_NAME, `labels: ${rest}`);
    assert.ok(!name.startsWith('__'), `${name} is not reserved`);
    assert.ok(!Object.hasOwn(labels, name), `${name} occurs once`);
    assert.notEqual(value, '');
    labels[name] = unescaped(value, /\\|"|\n/);
    rest = rest.slice(whole.length);
    if (comma === '') {
      assert.equal(rest, '');
      return labels;
    }
  }
}

function unescaped(text: string, allowed: RegExp): string {
  return text.replace(/\\(.?)/gs, (_, character: string) => {
    const meant = character === 'n' ? '\n' : character;
    assert.match(meant, allowed, `an escape: \\${character}`);
    return meant;
  });
}
