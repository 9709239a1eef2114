import type { Redaction } from '../model/redaction.ts';
import type { AttributeDeclaration, MetricDeclaration, MetricDeclarations, Scalar } from './declaration.ts';

/** Everything that is declared of an attribute, in one form. */
export interface AttributeContract {
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean' | undefined;
  /** Its values if they are declared, and whether it has no others. */
  readonly values: readonly Scalar[];
  readonly isClosed: boolean;
  readonly isOptional: boolean;
  readonly description: string;
  readonly redact?: Redaction | undefined;
}

/** Everything that is declared of a metric, in one form. */
export interface MetricContract extends Pick<MetricDeclaration, 'kind' | 'unit' | 'description'> {
  /** In full. */
  readonly name: string;
  readonly attributes: readonly AttributeContract[];
  readonly boundaries: readonly number[] | undefined;
  readonly merge: MetricDeclaration['merge'];
  readonly seriesLimit: number | undefined;
  readonly seriesIdle: number | undefined;
  readonly isInteger: boolean;
}

/** A contract's own text about its metrics, for the reference. */
export interface Preface {
  /** The heading; the namespace unless told otherwise. */
  readonly title?: string | undefined;
  /** Markdown: where the metrics come from, and what one should know of them. */
  readonly introduction?: string | undefined;
}

/** The typed list of metrics of a service, or of a part of one. Plain data. */
export interface Contract {
  readonly title: string;
  readonly introduction: string;
  readonly metrics: readonly MetricContract[];
}

/**
 * A contract of metrics that other code creates, such as an official instrumentation. Names are those
 * of the keys, put after the namespace and a dot; where the namespace is empty the keys are the names.
 */
export function describeMetrics(
  namespace: string,
  declarations: MetricDeclarations,
  { title = namespace, introduction = '' }: Preface = {},
): Contract {
  const metrics = Object.entries(declarations).map(([key, declaration]) =>
    metricOf(`${prefixOf(namespace)}${key}`, declaration),
  );
  const contract = { title, introduction, metrics };
  return attachContract(contract, contract);
}

/** Stands before the keys of a namespace. The keys of the empty one are full names. */
export function prefixOf(namespace: string): string {
  return namespace === '' ? '' : `${namespace}.`;
}

/** Shared by all copies of the package, so that a command finds the contracts of an application with its own. */
const CONTRACT = Symbol.for('pitot.contract');

/** Makes the contract findable in the thing that it is the contract of, and returns that. */
export function attachContract<Thing extends object>(thing: Thing, contract: Contract): Thing {
  return Object.defineProperty(thing, CONTRACT, { value: contract });
}

/** The contract of what `defineMetrics` or `describeMetrics` returned; undefined for anything else. */
export function contractOf(thing: unknown): Contract | undefined {
  if (typeof thing !== 'object' || thing === null) return undefined;
  return CONTRACT in thing ? (thing[CONTRACT] as Contract) : undefined;
}

function metricOf(name: string, declaration: MetricDeclaration): MetricContract {
  const { kind, unit, description, attributes = {}, boundaries, merge, integer } = declaration;
  return {
    name,
    kind,
    unit,
    description,
    attributes: Object.entries(attributes).map(([name, attribute]) => attributeOf(name, attribute)),
    boundaries,
    merge,
    seriesLimit: declaration.seriesLimit,
    seriesIdle: declaration.seriesIdle,
    isInteger: integer === true,
  };
}

function attributeOf(name: string, declaration: AttributeDeclaration): AttributeContract {
  if (typeof declaration === 'string') return attributeOf(name, { type: declaration });
  if (isList(declaration)) return attributeOf(name, { values: declaration });
  const { optional, description = '', redact } = declaration;
  const rest = {
    name,
    isOptional: optional === true,
    description,
    ...(redact !== undefined && { redact }),
  };
  return 'values' in declaration
    ? { ...rest, type: typeOf(declaration.values), values: declaration.values, isClosed: true }
    : { ...rest, type: declaration.type, values: declaration.known ?? [], isClosed: false };
}

/** Undefined for values of several types. */
function typeOf(values: readonly Scalar[]): AttributeContract['type'] {
  const types = new Set(values.map((value) => typeof value));
  const [type] = types;
  return types.size === 1 && (type === 'string' || type === 'number' || type === 'boolean')
    ? type
    : undefined;
}

function isList(declaration: AttributeDeclaration): declaration is readonly Scalar[] {
  return Array.isArray(declaration);
}
