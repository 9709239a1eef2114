/**
 * Validates against a JSON Schema, as far as docs/metrics.schema.json goes: a keyword that is not known here
 * is an error, so that nothing in it goes unchecked.
 */
export type Schema = Readonly<Record<string, unknown>>;

const ANNOTATIONS = ['$schema', '$defs', 'title', 'description'];

/** The faults of the value, each with its path; none if the value matches the schema. */
export function violations(value: unknown, schema: Schema, root: Schema = schema, path = ''): string[] {
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    if (ANNOTATIONS.includes(keyword)) return [];
    const check = KEYWORDS[keyword];
    if (check === undefined) throw new Error(`unknown keyword ${keyword}`);
    return check({ value, wanted, schema, root, path });
  });
}

interface Check {
  readonly value: unknown;
  readonly wanted: unknown;
  readonly schema: Schema;
  readonly root: Schema;
  readonly path: string;
}

const KEYWORDS: Readonly<Record<string, (check: Check) => string[]>> = {
  $ref: ({ value, wanted, root, path }) => {
    const name = String(wanted).replace('#/$defs/', '');
    return violations(value, asSchema(asSchema(root.$defs)[name]), root, path);
  },
  type: ({ value, wanted, path }) =>
    typesOf(value).includes(String(wanted)) ? [] : [`${path}: no ${wanted}`],
  enum: ({ value, wanted, path }) => (asList(wanted).includes(value) ? [] : [`${path}: not among ${wanted}`]),
  anyOf: ({ value, wanted, root, path }) => {
    const all = asList(wanted).map((schema) => violations(value, asSchema(schema), root, path));
    return all.some((found) => found.length === 0) ? [] : all.flat();
  },
  required: ({ value, wanted, path }) =>
    asList(wanted).flatMap((name) =>
      isObject(value) && !Object.hasOwn(value, String(name)) ? [`${path}: ${name} is missing`] : [],
    ),
  properties: ({ value, wanted, root, path }) =>
    Object.entries(isObject(value) ? value : {}).flatMap(([name, property]) => {
      const schema = asSchema(wanted)[name];
      return schema === undefined ? [] : violations(property, asSchema(schema), root, `${path}/${name}`);
    }),
  additionalProperties: ({ value, wanted, schema, root, path }) =>
    Object.entries(isObject(value) ? value : {}).flatMap(([name, property]) => {
      if (Object.hasOwn(asSchema(schema.properties ?? {}), name)) return [];
      if (wanted === false) return [`${path}: ${name} is not known`];
      return violations(property, asSchema(wanted), root, `${path}/${name}`);
    }),
  items: ({ value, wanted, root, path }) =>
    (Array.isArray(value) ? value : []).flatMap((item, i) =>
      violations(item, asSchema(wanted), root, `${path}/${i}`),
    ),
  minItems: ({ value, wanted, path }) =>
    Array.isArray(value) && value.length < Number(wanted) ? [`${path}: too few`] : [],
  minLength: ({ value, wanted, path }) =>
    typeof value === 'string' && value.length < Number(wanted) ? [`${path}: too short`] : [],
  minimum: ({ value, wanted, path }) =>
    typeof value === 'number' && value < Number(wanted) ? [`${path}: below ${wanted}`] : [],
};

function typesOf(value: unknown): string[] {
  if (Array.isArray(value)) return ['array'];
  if (value === null) return ['null'];
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typesOf(value).includes('object');
}

function asSchema(value: unknown): Schema {
  if (!isObject(value)) throw new Error(`no schema: ${JSON.stringify(value)}`);
  return value;
}

function asList(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`);
  return value;
}
