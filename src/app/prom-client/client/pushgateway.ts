import http from 'node:http';
import https from 'node:https';
import { gzipSync } from 'node:zlib';
import { globalRegistry, type Registry } from './registry.ts';
import type { RegistryContentType } from './types.ts';

type Method = 'POST' | 'PUT' | 'DELETE';

type RequestOptions = http.RequestOptions & { headers?: Record<string, unknown> };

export declare namespace Pushgateway {
  interface Parameters {
    /** The job that pushes the metrics. */
    jobName: string;
    /** More labels by which the Pushgateway groups them. */
    groupings?: { [key: string]: string };
  }
}

/** Pushes a registry to a Prometheus Pushgateway, as jobs do that end before they are scraped. */
export class Pushgateway<T extends RegistryContentType> {
  private readonly gatewayUrl: string;
  private readonly registry: { metrics(): Promise<string> };
  private readonly requireJobName: boolean;
  private readonly requestOptions: RequestOptions;

  /**
   * @param url of the gateway, with its port
   * @param options of `http.request`, and `requireJobName: false` for a gateway that needs none
   * @param registry the global one by default
   */
  // biome-ignore lint/suspicious/noExplicitAny: prom-client's own type, so that code that compiles with it goes on to
  constructor(url: string, options?: any, registry?: Registry<T>) {
    const { requireJobName = true, ...requestOptions } = options ?? {};
    this.registry = registry || globalRegistry;
    this.gatewayUrl = url;
    this.requireJobName = requireJobName;
    this.requestOptions = requestOptions;
  }

  /** Replaces those metrics of the group that have names of the registry. */
  pushAdd(params: Pushgateway.Parameters): Promise<{ resp?: unknown; body?: unknown }> {
    return this.use('POST', params);
  }

  /** Replaces all metrics of the group. */
  push(params: Pushgateway.Parameters): Promise<{ resp?: unknown; body?: unknown }> {
    return this.use('PUT', params);
  }

  /** Deletes all metrics of the group. */
  delete(params: Pushgateway.Parameters): Promise<{ resp?: unknown; body?: unknown }> {
    return this.use('DELETE', params);
  }

  private use(method: Method, params: Partial<Pushgateway.Parameters> = {}) {
    // Thrown at once and not by the promise, as by prom-client.
    if (this.requireJobName && !params.jobName) throw new Error('Missing jobName parameter');
    return this.request(method, this.target(params));
  }

  private target({ jobName, groupings = {} }: Partial<Pushgateway.Parameters>): URL {
    const target = new URL(this.gatewayUrl);
    const path = target.pathname === '/' ? '' : target.pathname;
    const parts = jobName ? ['job', jobName, ...Object.entries(groupings ?? {}).flat()] : [];
    target.pathname = [`${path}/metrics`, ...parts.map(encodeURIComponent)].join('/');
    target.search = '';
    target.hash = '';
    return target;
  }

  private request(method: Method, target: URL): Promise<{ resp: http.IncomingMessage; body: string }> {
    const { protocol, hostname, port, pathname, username, password } = target;
    const options: RequestOptions = {
      protocol,
      hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
      ...(port !== '' && { port }),
      path: pathname,
      ...(username !== '' && { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
      ...this.requestOptions,
      method,
    };
    return new Promise((resolve, reject) => {
      if (method === 'DELETE') delete options.headers?.['Content-Encoding'];
      const request = (protocol === 'https:' ? https : http).request(options, (resp) => {
        let body = '';
        resp.setEncoding('utf8');
        resp.on('data', (chunk) => {
          body += chunk;
        });
        resp.on('end', () => {
          if ((resp.statusCode ?? 0) < 400) resolve({ resp, body });
          else reject(new Error(`push failed with status ${resp.statusCode}, ${body}`));
        });
      });
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new Error('Pushgateway request timed out')));
      if (method === 'DELETE') {
        request.end();
        return;
      }
      this.registry.metrics().then(
        (text) => {
          request.end(options.headers?.['Content-Encoding'] === 'gzip' ? gzipSync(text) : text);
        },
        (error) => {
          request.destroy();
          reject(error);
        },
      );
    });
  }
}
