import { ESCAPINGS, type Escaping } from '../../naming/escaping.ts';
import { parseAcceptHeader, type Weighted } from '../http/accept-header.ts';
import type { Format } from './formats/format.ts';

/** The result of negotiation: the format for a scraper. */
export interface Negotiated {
  readonly format: Format;
  readonly escaping: Escaping;
  readonly contentType: string;
}

/**
 * Picks the format from the `Accept` header (RFC 9110, section 12.5.1). The highest quality wins; among equal
 * ones, the first in the header. If one range stands for several formats (`*` and `/*`, or a media type without a
 * version), the first of them wins. Without a header, or without a known format in it, pitot sends the first format.
 * https://prometheus.io/docs/instrumenting/content_negotiation/
 */
export function negotiate(header: string | undefined, formats: readonly [Format, ...Format[]]): Negotiated {
  const ranges = parseAcceptHeader(header ?? '');
  let best: { readonly format: Format; readonly range: Weighted } | undefined;
  for (const format of formats) {
    const range = mostSpecific(ranges, format);
    if (range === undefined || range.quality === 0) continue;
    if (best === undefined || isPreferred(range, best.range, ranges)) best = { format, range };
  }
  const format = best?.format ?? formats[0];
  return negotiated(
    format,
    escapingOf(best?.range) ?? (format.carriesUtf8 ? anyEscaping(ranges) : undefined),
  );
}

/** A format outside of negotiation. */
export function always(format: Format): Negotiated {
  return { format, escaping: 'allow-utf-8', contentType: contentTypeOf(format) };
}

function negotiated(format: Format, asked: Escaping | undefined): Negotiated {
  const escaping = asked ?? 'underscores';
  const isTold = asked !== undefined || format.tellsEscaping;
  return { format, escaping, contentType: contentTypeOf(format, isTold ? { escaping } : {}) };
}

/** An unknown value counts as absent. */
function escapingOf(range: Weighted | undefined): Escaping | undefined {
  const asked = range?.parameters.get('escaping');
  return ESCAPINGS.find((escaping) => escaping === asked);
}

/**
 * The escaping of the preferred range that names one. Prometheus names it only in its text ranges, but also means the
 * protobuf range. Without this, a request for native histograms would rename every series.
 */
function anyEscaping(ranges: readonly Weighted[]): Escaping | undefined {
  const welcome = ranges.filter(({ quality }) => quality > 0).toSorted((a, b) => b.quality - a.quality);
  return welcome.map(escapingOf).find((escaping) => escaping !== undefined);
}

function contentTypeOf(format: Format, more: Readonly<Record<string, string>> = {}): string {
  const parameters = Object.entries({ ...format.parameters, ...more });
  return [format.mediaType, ...parameters.map(([name, value]) => `${name}=${value}`)].join('; ');
}

function isPreferred(a: Weighted, b: Weighted, ranges: readonly Weighted[]): boolean {
  return a.quality > b.quality || (a.quality === b.quality && ranges.indexOf(a) < ranges.indexOf(b));
}

/** The most specific range that covers the format. It alone decides the format's quality. */
function mostSpecific(ranges: readonly Weighted[], format: Format): Weighted | undefined {
  let found: { readonly range: Weighted; readonly specificity: number } | undefined;
  for (const range of ranges) {
    const specificity = specificityOf(range, format);
    if (specificity > (found?.specificity ?? -1)) found = { range, specificity };
  }
  return found?.range;
}

/** The specificity of the range, or -1 if it does not cover the format. Unknown parameters do not count. */
function specificityOf({ value, parameters }: Weighted, format: Format): number {
  // "MUST default to the oldest version of the standard if no newer version is requested" (OpenMetrics 2.0)
  if (format.isExperimental && !parameters.has('version')) return -1;
  if (value === '*/*') return 0;
  const [type = ''] = format.mediaType.split('/');
  if (value === `${type}/*`) return 1;
  if (value !== format.mediaType) return -1;
  let specificity = 2;
  for (const [name, own] of Object.entries(format.parameters)) {
    const asked = parameters.get(name);
    if (asked === undefined) continue;
    if (asked.toLowerCase() !== own.toLowerCase()) return -1;
    specificity++;
  }
  return specificity;
}
