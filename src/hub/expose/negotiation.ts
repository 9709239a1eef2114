import { ESCAPINGS, type Escaping } from '../../naming/escaping.ts';
import { parseWeightedList, type Weighted } from '../http/weighted-list.ts';
import type { Format } from './formats/format.ts';

/** What a scraper gets. */
export interface Negotiated {
  readonly format: Format;
  readonly escaping: Escaping;
  readonly contentType: string;
}

/**
 * The format that the client likes best by its `Accept` header (RFC 9110, section 12.5.1): the one of highest
 * quality, of equals the one that is named first, and of what one name stands for (`*` and `/*`, or a media
 * type without version) the first format. Without a header, or when nothing in it is known, it is the first.
 * https://prometheus.io/docs/instrumenting/content_negotiation/
 */
export function negotiate(header: string | undefined, formats: readonly [Format, ...Format[]]): Negotiated {
  const ranges = parseWeightedList(header ?? '');
  let best: { readonly format: Format; readonly range: Weighted } | undefined;
  for (const format of formats) {
    const range = mostSpecific(ranges, format);
    if (range === undefined || range.quality === 0) continue;
    if (best === undefined || isPreferred(range, best.range, ranges)) best = { format, range };
  }
  return negotiated(best?.format ?? formats[0], best?.range.parameters.get('escaping'));
}

/** A format that is not asked for by `Accept`. */
export function always(format: Format): Negotiated {
  return { format, escaping: 'allow-utf-8', contentType: contentTypeOf(format) };
}

/** @param asked the value of the parameter `escaping`; one that is unknown is as if there were none */
function negotiated(format: Format, asked: string | undefined): Negotiated {
  const known = ESCAPINGS.find((escaping) => escaping === asked);
  const escaping = known ?? 'underscores';
  const isTold = known !== undefined || format.tellsEscaping;
  return { format, escaping, contentType: contentTypeOf(format, isTold ? { escaping } : {}) };
}

function contentTypeOf(format: Format, more: Readonly<Record<string, string>> = {}): string {
  const parameters = Object.entries({ ...format.parameters, ...more });
  return [format.mediaType, ...parameters.map(([name, value]) => `${name}=${value}`)].join('; ');
}

function isPreferred(a: Weighted, b: Weighted, ranges: readonly Weighted[]): boolean {
  return a.quality > b.quality || (a.quality === b.quality && ranges.indexOf(a) < ranges.indexOf(b));
}

/** Of the ranges that the format is in, the one that says most: it alone decides the format's quality. */
function mostSpecific(ranges: readonly Weighted[], format: Format): Weighted | undefined {
  let found: { readonly range: Weighted; readonly specificity: number } | undefined;
  for (const range of ranges) {
    const specificity = specificityOf(range, format);
    if (specificity > (found?.specificity ?? -1)) found = { range, specificity };
  }
  return found?.range;
}

/** How much the range says of the format, or -1 when the format is not in it. Unknown parameters say nothing. */
function specificityOf({ value, parameters }: Weighted, format: Format): number {
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
