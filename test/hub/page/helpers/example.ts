import type { Lifetime } from '../../../harness/lifetime.ts';
import { startService } from '../../../harness/service.ts';

/** The token for the example's `/admin`. */
export const TOKEN = 'a token';

/** Starts the example under pitot, without its own traffic. Returns the addresses of the page and of the example. */
export async function startExample(
  lifetime: Lifetime,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly address: string; readonly example: string }> {
  const service = await startService(lifetime, {
    args: ['examples/workflow-service/main.ts'],
    env: {
      PORT: '0',
      TRAFFIC: 'off',
      ADMIN_TOKEN: TOKEN,
      OTEL_SERVICE_NAME: 'workflow-service',
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.2.3',
      ...env,
    },
  });
  const [, example = ''] = await service.line(/^workflow-service listening on (.*)$/);
  return { address: new URL('/', await service.endpoint()).href, example };
}
