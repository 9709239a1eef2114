import { findSourceMap } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callSites } from './call-sites.ts';
import { isFileOfPackage } from './package-files.ts';

const MAX_FRAMES = 30;

/** Methods by which an application reaches the recorder. In a bundle, pitot's code and the application's share a file. */
const API =
  /^(?:add|record|observe|bind|create(?:Observable)?(?:Counter|UpDownCounter|Gauge|Histogram)|(?:add|remove)(?:Batch)?(?:Observable)?Callback)$/;

interface Place {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The place in the application's code that called pitot, as `src/orders.ts:12`; `undefined` if the stack has none. It
 * captures a stack: for warnings only.
 */
export function callerPlace(): string | undefined {
  try {
    const places = callSites(callerPlace, MAX_FRAMES).map(placeOf);
    const caller = isFileOfPackage(import.meta.url)
      ? places.find(({ file }) => isApplication(file))
      : places.find(({ name }, i) => API.test(places[i - 1]?.name ?? '') && !API.test(name));
    return caller && textOf(caller);
  } catch {
    // `Error` is frozen. A warning without its place is still one.
    return undefined;
  }
}

function placeOf(site: NodeJS.CallSite): Place {
  return {
    name: site.getFunctionName() ?? '',
    file: site.getFileName() ?? '',
    line: site.getLineNumber() ?? 0,
    column: site.getColumnNumber() ?? 0,
  };
}

function isApplication(file: string): boolean {
  if (file === '' || file.startsWith('node:')) return false;
  return !isFileOfPackage(file) && !/[\\/]@opentelemetry[\\/]api[\\/]/.test(file);
}

function textOf({ file, line, column }: Place): string {
  // Only where the application has turned on source maps.
  const origin = findSourceMap(file)?.findOrigin(line, column);
  const [source, at] =
    origin !== undefined && 'fileName' in origin ? [origin.fileName, origin.lineNumber] : [file, line];
  const path = source.startsWith('file:') ? fileURLToPath(source) : source;
  const near = relative(process.cwd(), path);
  return `${near.startsWith('..') ? path : near}:${at}`;
}
