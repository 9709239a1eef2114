import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { Config } from '../config/settings.ts';

/**
 * Who the numbers are about. The command line and the owner of the process stay out of it: they may hold
 * secrets, and become labels of `target_info`.
 * (Resource specification, "SDK-provided resource attributes"; semantic conventions for `service.instance.id`)
 */
export function resourceOf(config: Config): Resource {
  return defaultResource()
    .merge(
      resourceFromAttributes({
        'service.instance.id': randomUUID(),
        'host.name': hostname(),
        'process.pid': process.pid,
        'process.runtime.name': 'nodejs',
        'process.runtime.version': process.versions.node,
      }),
    )
    .merge(resourceFromAttributes(config.resourceAttributes))
    .merge(resourceFromAttributes({ 'service.name': config.serviceName }));
}
