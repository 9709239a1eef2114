import { BoundedValues } from '../../../base/bounded-values.ts';
import type { ServerAttributes } from './call-outcome.ts';

/** The parts of a client's configuration that say where it sends its requests. */
export interface EndpointConfig {
  /** The endpoint that the application gave. Older clients have one always. */
  readonly endpoint?: () => Promise<Endpoint>;
  /** From the environment or the shared configuration: AWS_ENDPOINT_URL. */
  readonly serviceConfiguredEndpoint?: () => Promise<string | undefined>;
  readonly ignoreConfiguredEndpointUrls?: unknown;
  readonly region?: () => Promise<string>;
  readonly useFipsEndpoint?: () => Promise<boolean>;
  readonly useDualstackEndpoint?: () => Promise<boolean>;
  /** The service's rules of endpoints. */
  readonly endpointProvider?: (parameters: object) => { readonly url: URL };
}

type Endpoint = { readonly url: URL } | Omit<Url, 'port'> | undefined;
interface Url {
  readonly protocol?: string;
  readonly hostname: string;
  readonly port?: string | number | undefined;
}

const addresses = new BoundedValues('server.address', /^[\w.:[\]-]{1,255}$/);

/**
 * The endpoint of a client: what it was given, or that of its service and region. Hosts for one bucket or one account
 * count as the service's, because every other request may go to another. `{}` if it cannot be known.
 */
export async function awsEndpoint(config: EndpointConfig): Promise<ServerAttributes> {
  const url = await urlOf(config);
  if (url === undefined) return {};
  const address = addresses.admit(url.hostname);
  if (address !== url.hostname) return { 'server.address': address };
  const port = url.port ? Number(url.port) : url.protocol === 'http:' ? 80 : 443;
  return { 'server.address': address, 'server.port': port };
}

async function urlOf(config: EndpointConfig): Promise<Url | undefined> {
  const given = await config.endpoint?.();
  if (given !== undefined) return 'url' in given ? given.url : given;
  // Older clients do not tell whether the environment names an endpoint.
  if (config.serviceConfiguredEndpoint === undefined) return undefined;
  const configured =
    config.ignoreConfiguredEndpointUrls === true ? undefined : await config.serviceConfiguredEndpoint();
  if (configured) return new URL(configured);
  const [Region, UseFIPS, UseDualStack] = await Promise.all([
    config.region?.(),
    config.useFipsEndpoint?.(),
    config.useDualstackEndpoint?.(),
  ]);
  return config.endpointProvider?.({ Region, UseFIPS, UseDualStack }).url;
}
