import { rateLimit } from 'pitot/instruments';
import type { Tenant } from './keys.ts';
import { aliasOf } from './tenants.ts';

const MINUTE = 60_000;

/** Limits each tenant's requests per minute. A minute begins with its first request. */
export class Limits {
  private readonly windows = new Map<string, { readonly until: number; used: number }>();

  /** Counts a request, and returns whether the tenant may make it now. */
  take(tenant: Tenant): boolean {
    return rateLimit.decision({ name: 'requests', client: aliasOf(tenant) }, (decision) => {
      const window = this.windowOf(tenant.name);
      window.used += 1;
      decision.use(window.used, tenant.requestsPerMinute);
      const isAllowed = window.used <= tenant.requestsPerMinute;
      if (!isAllowed) decision.limit();
      return isAllowed;
    });
  }

  private windowOf(name: string): { used: number } {
    const now = Date.now();
    const open = this.windows.get(name);
    if (open !== undefined && now < open.until) return open;
    const window = { until: now + MINUTE, used: 0 };
    this.windows.set(name, window);
    return window;
  }
}
