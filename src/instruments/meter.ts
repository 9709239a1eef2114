import { createRequire } from 'node:module';
import { type Meter, type MeterProvider, metrics } from '@opentelemetry/api';

/**
 * The instruments of one domain: made when they are first asked for, and once for each global meter
 * provider, so that what was used before a provider was registered is recorded once there is one.
 */
export function lazily<Instruments>(create: (meter: Meter) => Instruments): () => Instruments {
  let made: { readonly by: MeterProvider; readonly instruments: Instruments } | undefined;
  return () => {
    const provider = metrics.getMeterProvider();
    if (made?.by !== provider) {
      const meter = provider.getMeter('pitot/instruments', packageVersion());
      made = { by: provider, instruments: create(meter) };
    }
    return made.instruments;
  };
}

/** The instrumentation scope's version is the package's; a bundle has no package file and gets none. */
function packageVersion(): string | undefined {
  try {
    const { version }: { version: string } = createRequire(import.meta.url)('pitot/package.json');
    return version;
  } catch {
    return undefined;
  }
}
