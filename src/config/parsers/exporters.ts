import { isDeepStrictEqual } from 'node:util';
import { reasonOf } from '../../base/reason.ts';
import { choices, type Parser } from './parser.ts';

/** An exporter or reader of another package: a class. The hub's thread makes an instance. */
export interface ExporterModule {
  /**
   * The package, file or URL that exports the class. Looked up from the directory of the application's main file, then
   * from the working directory.
   */
  readonly module: string;
  /** The name of the exported class, of a `PushMetricExporter` or a `MetricReader`. Default: `default`. */
  readonly export?: string | undefined;
  /** The argument of the class's constructor: plain data, since it is copied to the hub's thread. */
  readonly options?: unknown;
}

const KNOWN = ['module', 'export', 'options'];

/** Names of pitot's own exporters and, as an option, modules of others. */
export function exporterList<const T extends string>(
  names: readonly T[],
): Parser<readonly (T | ExporterModule)[]> {
  const named = choices(names);
  const expected = `${named.expected} or { module, export, options }`;
  return {
    type: `${named.type}; as an option also \`{ module, export, options }\``,
    typescript: named.typescript.replace(')[]', ' | ExporterModule)[]'),
    expected: named.expected,
    parse(given, context) {
      if (context.source === 'environment' || !Array.isArray(given)) return named.parse(given, context);
      const value = new Set<T | ExporterModule>();
      const wrong: string[] = [];
      let isComplete = true;
      for (const [index, entry] of given.entries()) {
        const isModule = typeof entry === 'object' && entry !== null;
        const fault = isModule ? faultOf(entry) : undefined;
        const [name] = isModule ? [] : (named.parse([entry], context)?.value ?? []);
        if (fault !== undefined) wrong.push(`exporters[${index}]${fault}`);
        else if (isModule) value.add(structuredClone(entry));
        else if (name !== undefined) value.add(name);
        else isComplete = false;
      }
      if (value.size === 0 && !isComplete && wrong.length === 0) return undefined;
      if (wrong.length === 0) return { value: [...value], complete: isComplete };
      return { value: [...value], complete: false, expected: `${expected}: ${wrong.join('; ')}` };
    },
    show: (value) => named.show(value.map((one) => (typeof one === 'object' ? showModule(one) : one)) as T[]),
  };
}

/** The module and its export. Options may hold secrets. */
export function showModule({ module, export: name = 'default' }: ExporterModule): string {
  return `${module}#${name}`;
}

/** The fault of an entry; `undefined` for a good one. */
function faultOf(entry: object): string | undefined {
  const { module, export: name, options }: { module?: unknown; export?: unknown; options?: unknown } = entry;
  const unknown = Object.keys(entry).find((key) => !KNOWN.includes(key));
  if (unknown !== undefined) return `.${unknown} is not known; known are ${KNOWN.join(', ')}`;
  if (typeof module !== 'string' || module === '')
    return '.module must be the name of a package, a file or a URL';
  if (name !== undefined && (typeof name !== 'string' || name === '')) return '.export must be a name';
  const fault = copyFaultOf(options);
  return fault === undefined
    ? undefined
    : `.options must be plain data, to be copied to the hub's thread: ${fault}`;
}

/** A copy lacks the prototypes of objects, and functions cannot be copied at all. */
function copyFaultOf(options: unknown): string | undefined {
  try {
    const isSame = isDeepStrictEqual(structuredClone(options), options);
    return isSame ? undefined : 'an object in it is an instance of a class';
  } catch (error) {
    return reasonOf(error);
  }
}
