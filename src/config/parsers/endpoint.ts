import { type Parser, textOf } from './parser.ts';

const METRICS_PATH = 'v1/metrics';
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

export const HTTP_ENDPOINT = `http://localhost:4318/${METRICS_PATH}`;
export const GRPC_ENDPOINT = 'http://localhost:4317';

/**
 * The endpoint for showing to people: without user name, password and query, which may hold secrets.
 */
export function showEndpoint(endpoint: string): string {
  const scheme = SCHEME.exec(endpoint)?.[0] ?? '';
  const [address = '', ...query] = endpoint.slice(scheme.length).split(/[?#]/);
  const slash = address.indexOf('/');
  const authority = slash === -1 ? address : address.slice(0, slash);
  const path = slash === -1 ? '' : address.slice(slash);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return `${scheme}${host === authority ? '' : '***@'}${host}${path}${query.length === 0 ? '' : '?***'}`;
}

/** gRPC uses only the scheme and the address of a URL. */
function grpcTarget(given: string): string | undefined {
  const scheme = SCHEME.exec(given)?.[0].toLowerCase();
  if (scheme === undefined)
    return /[/\s]/.test(given) || !URL.canParse(`https://${given}`) ? undefined : given;
  if (!URL.canParse(given)) return undefined;
  if (scheme === 'unix://') return given;
  const { protocol, host } = new URL(given);
  return scheme === 'http://' || scheme === 'https://' ? `${protocol}//${host}` : undefined;
}

/** The generic variable names a base to which the path of the signal is added; every other form is used as it is. */
function httpUrl(given: string, base: boolean): string | undefined {
  if (!URL.canParse(given)) return undefined;
  const url = new URL(given);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  if (base) url.pathname += url.pathname.endsWith('/') ? METRICS_PATH : `/${METRICS_PATH}`;
  return url.href;
}

/** A URL over HTTP. */
export function httpEndpoint(): Parser<string> {
  return {
    type: 'URL',
    typescript: 'string',
    expected: 'a URL beginning with http:// or https://',
    parse(given) {
      const text = textOf(given);
      const value = text === undefined ? undefined : httpUrl(text, false);
      return value === undefined ? undefined : { value, complete: true };
    },
    show: showEndpoint,
    holdsSecret: (given) => /[@?#]/.test(given),
  };
}

/**
 * Where OTLP is sent: the whole URL for OTLP/HTTP, a URL or target for gRPC (protocol/exporter.md,
 * "Endpoint URLs for OTLP/HTTP"). Depends on `otlpProtocol`, which stands above it in the table.
 */
export function endpoint(baseVariable: string): Parser<string> {
  return {
    type: 'URL',
    typescript: 'string',
    expected: 'a URL beginning with http:// or https:// (with grpc also host:port or unix://path)',
    parse(given, { variable, above }) {
      const text = textOf(given);
      if (text === undefined) return undefined;
      const value =
        above.otlpProtocol === 'grpc' ? grpcTarget(text) : httpUrl(text, variable === baseVariable);
      return value === undefined ? undefined : { value, complete: true };
    },
    show: showEndpoint,
    holdsSecret: (given) => /[@?#]/.test(given),
  };
}
