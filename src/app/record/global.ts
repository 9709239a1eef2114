import type { MeterOptions } from '@opentelemetry/api';
import { packageVersion } from '../../base/pitot-scope.ts';
import { registerMeterProvider } from '../opentelemetry/registration.ts';
import type { Meter } from './api.ts';
import { Recorder } from './recorder.ts';

/** All copies of this version of the package share the recorder of their thread: a bundle has a copy of its own. */
const KEY = Symbol.for(`pitot.recorder.${packageVersion()}`);
const kept = globalThis as { [KEY]?: Recorder };

/** The recorder of this thread. */
export const recorder: Recorder = kept[KEY] ?? new Recorder();
kept[KEY] = recorder;

/**
 * Registers the recorder as the API's MeterProvider if there is none yet. The package does so when it is imported,
 * because the API never hands over instruments that were created before a provider was registered. A recorder without
 * a hub is memory and nothing else: no thread, no timer, no listener.
 */
export function recordFromTheStart(): void {
  registerMeterProvider(recorder);
}

/** As the API's `metrics.getMeter`, with the bound forms of the synchronous instruments. */
export function getMeter(name: string, version?: string, options?: MeterOptions): Meter {
  return recorder.getMeter(name, version, options);
}
