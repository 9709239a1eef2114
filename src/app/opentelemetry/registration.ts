import { setImmediate, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { getCallSites } from 'node:util';
import type { ContextManager, MeterProvider } from '@opentelemetry/api';
import { diag } from '../../base/diag.ts';
import { safely } from '../../base/safely.ts';
import { canRead, copiesOfApplication, copyFor, copyOfFile } from './copies.ts';
import { globalWithApi, SHARED_API, type SharedApi } from './shared-api.ts';

/** Every copy of the API 1.x can read what has this version. */
const READABLE_BY_ALL = '1.9999.0';
/** Milliseconds from the first registration of other code until the shared object is a plain one. */
const WATCH_TIME_MS = 3_000;

const OTHER_SDK =
  'Have the other SDK make none (OTEL_METRICS_EXPORTER=none with PITOT_METRICS_EXPORTER=prometheus, or ' +
  'new NodeSDK({ metricReaders: [] })); see docs/neighbours.md.';

/**
 * Makes `provider` the global MeterProvider for all copies of the OpenTelemetry API, unless there is another. Returns
 * whether it is the global one.
 */
export function registerMeterProvider(provider: MeterProvider): boolean {
  const api = globalWithApi[SHARED_API] ?? new OpenApi().watched;
  api.metrics ??= provider;
  return api.metrics === provider;
}

/** Registers a context manager unless there is one. */
export function registerContextManager(make: () => ContextManager): void {
  const api = globalWithApi[SHARED_API] ?? new OpenApi().watched;
  api.context ??= make();
}

/** Warns of copies of the API in the application that cannot read what is registered. */
export function reportUnreadable(): void {
  const version = globalWithApi[SHARED_API]?.version ?? READABLE_BY_ALL;
  if (version === READABLE_BY_ALL) return;
  for (const copy of copiesOfApplication()) {
    if (canRead(copy.version, version)) continue;
    diag.warn(
      `pitot: @opentelemetry/api ${copy.version} in ${copy.folder} cannot read what version ${version} has registered ` +
        'before: instruments that the application makes with it record nothing. Install one version of ' +
        `@opentelemetry/api (npm ls @opentelemetry/api shows them; "overrides" in package.json sets it).`,
    );
  }
}

/** Warns that another MeterProvider has the application's instruments. */
export function reportOtherProvider(): void {
  diag.warn(
    'pitot: another MeterProvider was registered before pitot started: instruments of the application record there and ' +
      `not in pitot. ${OTHER_SDK}`,
  );
}

/**
 * The shared object while only pitot has registered something. Its version is open: it has to be that of the copy that
 * registers a tracer, a context manager or a logger, which can be any copy. Until then every copy can read it.
 *
 * A copy that registers something takes the shared object from `globalThis` and assigns it again; a copy that reads only
 * takes it. (`registerGlobal` and `getGlobal`, API 1.4 to 1.10) The setter therefore sees every registration, looks up
 * which copy calls, and gives the object the version of the first one: as if pitot were not there. Three seconds later the
 * object becomes a plain one.
 */
class OpenApi {
  /** The registered globals. */
  private readonly api: SharedApi = { version: READABLE_BY_ALL };
  /** The object that the copies get. Their reads of it show how far a registration has come. */
  readonly watched: SharedApi;
  /** The script of the first registration. */
  private registrar: string | undefined;
  private isVersionKnown = false;
  /** From the assignment of the shared object to the first look into it. */
  private isRegistering = false;

  constructor() {
    this.watched = new Proxy(this.api, {
      get: (api, slot) => {
        // A registration looks first whether its slot is taken. If so, it ends here, with an error of its own.
        if (this.isRegistering && slot === 'metrics' && api.metrics !== undefined) {
          setImmediate(reportSecondProvider);
        }
        this.isRegistering = false;
        return Reflect.get(api, slot);
      },
    });
    Object.defineProperty(globalWithApi, SHARED_API, {
      configurable: true,
      enumerable: true,
      get: () => this.watched,
      set: (api: SharedApi) => {
        if (api === this.watched) this.registering(getCallSites(2)[1]?.scriptName);
        else this.becomePlain(api);
      },
    });
  }

  /** Never throws: the caller is the application, registering something. */
  private registering(script: string | undefined): void {
    this.isRegistering = true;
    if (this.api.version !== READABLE_BY_ALL) return;
    safely('the registration of another part of OpenTelemetry', () => {
      this.registrar = script?.startsWith('file:') ? fileURLToPath(script) : script;
      const copy = copyOfFile(this.registrar ?? '');
      this.isVersionKnown = copy !== undefined;
      // A copy inside a bundle does not tell its version; usually it is the one that is installed there.
      const version = (copy ?? copyFor(this.registrar ?? ''))?.version;
      if (version !== undefined) this.api.version = version;
      setImmediate(() => this.report());
      setTimeout(() => this.becomePlain(this.api), WATCH_TIME_MS).unref();
    });
  }

  private report(): void {
    reportUnreadable();
    const { version: _, metrics: __, ...others } = this.api;
    if (this.isVersionKnown || Object.keys(others).length > 0) return;
    diag.warn(
      `pitot: a copy of @opentelemetry/api in ${this.registrar ?? 'a bundle'} could not register beside pitot, because its ` +
        'version cannot be told: traces are missing. Leave @opentelemetry/api out of the bundle (external), or start ' +
        'tracing before pitot.',
    );
  }

  private becomePlain(value: SharedApi): void {
    // Another package may have replaced the property meanwhile; its value stays.
    if (globalWithApi[SHARED_API] !== this.watched) return;
    Object.defineProperty(globalWithApi, SHARED_API, { value, writable: true });
  }
}

function reportSecondProvider(): void {
  diag.warn(
    'pitot: another SDK tried to register a MeterProvider, which pitot is already: metrics are in pitot, and that SDK ' +
      `exports none. ${OTHER_SDK}`,
  );
}
