import type { GaugeRule } from '../model/gauge-rules.ts';
import type { Redaction } from '../model/redaction.ts';

/** A value that an attribute of a contract can have. */
export type Scalar = string | number | boolean;

interface Described {
  /** Not every series has it. */
  readonly optional?: true | undefined;
  /** One sentence of Markdown for the reference. */
  readonly description?: string | undefined;
  /** Redacts its values before they are stored. Default: the settings' redaction, else the default for its name. */
  readonly redact?: Redaction | undefined;
}

/** One of these values and no other. */
interface ClosedAttribute extends Described {
  readonly values: readonly Scalar[];
}

/** Any value of the type. The `known` ones keep their own series, whatever else is recorded. */
interface OpenAttribute<Type, Value> extends Described {
  readonly type: Type;
  readonly known?: readonly Value[] | undefined;
}

/**
 * The values that an attribute takes. The short forms are a type, which allows all its values, and a list, which allows
 * only the values in it: `'string'`, `['success', 'failure']`.
 */
export type AttributeDeclaration =
  | 'string'
  | 'number'
  | 'boolean'
  | readonly Scalar[]
  | ClosedAttribute
  | OpenAttribute<'string', string>
  | OpenAttribute<'number', number>
  | OpenAttribute<'boolean', boolean>;

export type AttributeDeclarations = Readonly<Record<string, AttributeDeclaration>>;

interface Declaration {
  /** UCUM, as in `s`, `By`, `{request}`, `1`. */
  readonly unit: string;
  /** One sentence. */
  readonly description: string;
  /** By their full names; none if there is nothing here. */
  readonly attributes?: AttributeDeclarations | undefined;
  /** The most series the instrument may have, the overflow series included; else the setting's. */
  readonly seriesLimit?: number | undefined;
  /** Milliseconds after which a series that nothing is recorded into is removed; else the setting's. */
  readonly seriesIdle?: number | undefined;
  /** Values are integers. */
  readonly integer?: true | undefined;
}

interface SumDeclaration extends Declaration {
  readonly kind: 'counter' | 'upDownCounter' | 'observableCounter' | 'observableUpDownCounter';
  readonly boundaries?: undefined;
  readonly merge?: undefined;
}

interface GaugeDeclaration extends Declaration {
  readonly kind: 'gauge' | 'observableGauge';
  /** How the gauges of several processes become one; without it each process has its own series. */
  readonly merge?: GaugeRule | undefined;
  readonly boundaries?: undefined;
}

interface HistogramDeclaration extends Declaration {
  readonly kind: 'histogram';
  /** Upper bounds of the buckets, ascending, without +Inf; else the specification's default. */
  readonly boundaries?: readonly number[] | undefined;
  readonly merge?: undefined;
}

/** A metric as applications declare it. */
export type MetricDeclaration = SumDeclaration | GaugeDeclaration | HistogramDeclaration;

/** Declarations by key. The metric of a key is named `namespace.key`. */
export type MetricDeclarations = Readonly<Record<string, MetricDeclaration>>;

type Part = keyof SumDeclaration | keyof GaugeDeclaration | keyof HistogramDeclaration;

/**
 * Forbids properties that a declaration does not have, as a misspelt `boundarys`. The compiler shows the text as the type
 * that the property should have.
 */
export type Exactly<Declarations> = {
  readonly [Name in keyof Declarations]: {
    readonly [Unknown in Exclude<
      keyof Declarations[Name],
      Part
    >]: `Unknown property '${Unknown & string}'. MetricDeclaration lists the known ones.`;
  };
};
