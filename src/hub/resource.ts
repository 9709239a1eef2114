import { hostname } from 'node:os';
import { versions } from 'node:process';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { Config } from '../config/settings/table.ts';
import type { ProcessIdentity } from '../model/process-identity.ts';

/**
 * The resource of this process. It has neither the command line nor the owner of the process: these may hold secrets,
 * and would become labels of `target_info`.
 * (Resource specification, "SDK-provided resource attributes"; semantic conventions for `service.instance.id`)
 */
export function resourceOf(config: Config, process: ProcessIdentity): Resource {
  return defaultResource()
    .merge(
      resourceFromAttributes({
        'service.instance.id': process.id,
        'host.name': hostName(),
        'process.pid': process.pid,
        'process.runtime.name': 'nodejs',
        'process.runtime.version': versions.node,
      }),
    )
    .merge(resourceFromAttributes(config.resourceAttributes))
    .merge(resourceFromAttributes({ 'service.name': config.serviceName }));
}

/** Deno permits no question about the system without `--allow-sys`. */
function hostName(): string | undefined {
  try {
    return hostname();
  } catch {
    return undefined;
  }
}

/**
 * The resource of all processes of a service at one endpoint. Any of them forwards under the same identity, so that a
 * receiver sees one stream.
 */
export function serviceResource(config: Config, own: Resource): Resource {
  const { 'process.pid': _, ...attributes } = own.attributes;
  const identity = process
    .getBuiltinModule('node:crypto')
    .createHash('sha256')
    .update(JSON.stringify([hostName(), config.serviceName, config.host, config.port]))
    .digest('hex');
  const instance = identity.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-8$3-8$4-$5');
  return resourceFromAttributes({
    ...attributes,
    'service.instance.id': config.resourceAttributes['service.instance.id'] ?? instance,
  });
}
