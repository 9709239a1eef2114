import assert from 'node:assert/strict';

/** One line of samples: what a scraper reads from it. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: ParsedExemplar;
}

export interface ParsedExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly time: number;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
  readonly samples: ParsedSample[];
}

const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const QUOTED = /"((?:[^"\\\n]|\\["\\n])*)"/y;
const VALUE = /[+-]Inf|NaN|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?/y;

/** Reads a line piece by piece and refuses what does not come next. */
export class Line {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get isDone(): boolean {
    return this.at === this.text.length;
  }

  next(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  take(text: string): void {
    assert.ok(this.next(text), `${JSON.stringify(text)} at ${this.at} in ${JSON.stringify(this.text)}`);
    this.at += text.length;
  }

  match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    assert.ok(found !== null, `${pattern} at ${this.at} in ${JSON.stringify(this.text)}`);
    this.at += found[0].length;
    return found;
  }

  number(): number {
    return Number(this.match(VALUE)[0].replace('Inf', 'Infinity'));
  }

  quoted(): string {
    return unescaped(this.match(QUOTED)[1] ?? '');
  }

  /** Names are quoted if, and only if, they have to be. */
  name(plain: RegExp): string {
    if (!this.next('"')) return this.match(plain)[0];
    const name = this.quoted();
    assert.doesNotMatch(name, new RegExp(`^(?:${plain.source})$`), 'a name is quoted for a reason');
    assert.notEqual(name, '');
    return name;
  }

  /** From behind the opening brace to behind the closing one. */
  labels(): Record<string, string> {
    const labels: Record<string, string> = Object.create(null);
    while (!this.next('}')) {
      const name = this.name(LABEL_NAME);
      assert.ok(!Object.hasOwn(labels, name), `${name} occurs once`);
      assert.notEqual(name, '__name__');
      this.take('=');
      const value = this.quoted();
      assert.notEqual(value, '');
      labels[name] = value;
      if (!this.next('}')) this.take(',');
    }
    this.take('}');
    return labels;
  }

  /** A name and its labels, in or before braces, and the space behind them. */
  series(): Pick<ParsedSample, 'name' | 'labels'> {
    let name: string;
    let labels: Record<string, string> = Object.create(null);
    if (this.next('{')) {
      this.take('{');
      name = this.name(METRIC_NAME);
      if (!this.next('}')) this.take(',');
      labels = this.labels();
    } else {
      name = this.name(METRIC_NAME);
      if (this.next('{')) {
        this.take('{');
        assert.ok(!this.next('}'), 'no braces without labels');
        labels = this.labels();
      }
    }
    this.take(' ');
    return { name, labels };
  }

  exemplar(): ParsedExemplar {
    this.take(' # {');
    const labels = this.labels();
    this.take(' ');
    const value = this.number();
    this.take(' ');
    return { labels, value, time: this.number() };
  }
}

export function parseSampleLine(text: string): ParsedSample {
  const line = new Line(text);
  const series = line.series();
  const value = line.number();
  if (line.isDone) return { ...series, value };
  const exemplar = line.exemplar();
  assert.ok(line.isDone);
  return { ...series, value, exemplar };
}

/** The buckets of each series ascend, in their bounds and in their counts, and end with +Inf. */
export function checkBuckets({ name, samples }: ParsedFamily): void {
  let bound = Number.NEGATIVE_INFINITY;
  let count = 0;
  let isFirst = true;
  for (const sample of samples) {
    if (sample.name !== `${name}_bucket`) {
      assert.ok(isFirst, 'the last bucket has no bound');
      continue;
    }
    const le = Number(String(sample.labels.le).replace('Inf', 'Infinity'));
    assert.ok(isFirst || (le > bound && sample.value >= count), `${sample.labels.le} after ${bound}`);
    isFirst = le === Number.POSITIVE_INFINITY;
    bound = le;
    count = sample.value;
  }
  assert.ok(isFirst, 'the last bucket has no bound');
}

/** `# KEYWORD name rest` */
export function parseMetadata(text: string): { keyword: string; name: string; rest: string } {
  const line = new Line(text);
  line.take('# ');
  const [keyword] = line.match(/[A-Z]+/y);
  line.take(' ');
  const name = line.name(METRIC_NAME);
  line.take(' ');
  return { keyword, name, rest: line.match(/.*/sy)[0] };
}

export function unescaped(text: string, allowed = /["\\n]/): string {
  return text.replace(/\\(.?)/gs, (_, character: string) => {
    assert.match(character, allowed, `an escape: \\${character}`);
    return character === 'n' ? '\n' : character;
  });
}
