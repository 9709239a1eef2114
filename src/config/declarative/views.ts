import type { Findings } from './findings.ts';
import type { Section } from './section.ts';

/** As pitot's setting has a view, by which it is checked. */
type Shape = Readonly<Record<string, unknown>>;

/** The schema's defaults of base-2 exponential buckets, which pitot's always have. */
const EXPONENTIAL = { max_scale: 20, max_size: 160, record_min_max: true };
const EXPLICIT = { record_min_max: true };

/** Views; one that asks for an aggregation that there is not is left out as a whole. */
export function readViews(provider: Section, findings: Findings): void {
  const views = provider.sections('views').flatMap((view): Shape[] => {
    const selector = selectorOf(view.section('selector'));
    const stream = view.section('stream');
    const aggregation = aggregationOf(stream.section('aggregation'), findings);
    const { included, excluded } = valuesOf(stream.section('attribute_keys'), ['included', 'excluded']);
    const {
      name,
      description,
      aggregation_cardinality_limit: seriesLimit,
    } = valuesOf(stream, ['name', 'description', 'aggregation_cardinality_limit']);
    const attributes = defined({ included, excluded });
    if (aggregation === false) {
      findings.leaveOut(view.path, 'because of its aggregation');
      return [];
    }
    const isChoosing = Object.keys(attributes).length > 0;
    return [
      {
        selector,
        ...defined({ name, description, aggregation, seriesLimit }),
        ...(isChoosing ? { attributes } : {}),
      },
    ];
  });
  if (views.length > 0) findings.set('views', { path: provider.pathOf('views'), value: views });
}

function selectorOf(selector: Section): Shape {
  const given = valuesOf(selector, [
    'instrument_name',
    'instrument_type',
    'unit',
    'meter_name',
    'meter_version',
    'meter_schema_url',
  ]);
  return defined({
    instrumentName: given.instrument_name,
    instrumentType: typeof given.instrument_type === 'string' ? camelCase(given.instrument_type) : undefined,
    unit: given.unit,
    meterName: given.meter_name,
    meterVersion: given.meter_version,
    meterSchemaUrl: given.meter_schema_url,
  });
}

/** @returns undefined where none is asked for, and false for one that there is not */
function aggregationOf(aggregation: Section, findings: Findings): unknown {
  const [key] = aggregation.keys;
  if (key === undefined) return undefined;
  const body = aggregation.section(key);
  switch (key) {
    case 'default':
    case 'drop':
    case 'sum':
      return key;
    case 'last_value':
      return 'lastValue';
    case 'base2_exponential_bucket_histogram':
      refuseOthers(body, EXPONENTIAL, findings);
      return 'exponential';
    case 'explicit_bucket_histogram': {
      const boundaries = body.take('boundaries');
      refuseOthers(body, EXPLICIT, findings);
      return boundaries === undefined ? 'explicit' : { boundaries: boundaries.value };
    }
    default:
      return false;
  }
}

/** Leaves out what differs from the values that cannot be changed here. */
function refuseOthers(body: Section, fixed: Shape, findings: Findings): void {
  for (const [key, value] of Object.entries(fixed)) {
    const entry = body.take(key);
    if (entry !== undefined && entry.value !== value) findings.leaveOut(entry.path, `always ${value}`);
  }
}

function valuesOf<const K extends string>(
  section: Section,
  keys: readonly K[],
): Readonly<Partial<Record<K, unknown>>> {
  const values: Partial<Record<K, unknown>> = {};
  for (const key of keys) values[key] = section.take(key)?.value;
  return values;
}

function defined(values: Shape): Shape {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function camelCase(snakeCase: string): string {
  return snakeCase.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
