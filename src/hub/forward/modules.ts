import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type AggregationTemporalitySelector,
  type IMetricReader,
  InstrumentType,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { diag } from '../../base/diag.ts';
import { reasonOf } from '../../base/reason.ts';
import { type ExporterModule, showModule } from '../../config/parsers/exporters.ts';
import type { Config } from '../../config/settings/table.ts';
import { surviveForeignErrors } from './foreign-errors.ts';
import type { Forwarder } from './forwarder.ts';
import { loadClass } from './load-module.ts';
import { ModuleExporter } from './module-exporter.ts';

/** A reader of another package. It collects when it wants. */
export interface ModuleReader {
  readonly target: string;
  readonly reader: IMetricReader;
  readonly selectTemporality: AggregationTemporalitySelector;
}

export interface Modules {
  readonly forwarders: readonly Forwarder[];
  readonly readers: readonly ModuleReader[];
}

/**
 * The exporters and readers of other packages that the configuration names. If one cannot be loaded, one `diag.error`
 * reports it and the others stay.
 */
export async function loadModules(
  { exporters }: Config,
  folders: readonly string[],
  resource: Resource,
): Promise<Modules> {
  const modules = exporters.filter((exporter) => typeof exporter === 'object');
  if (modules.length > 0) surviveForeignErrors();
  const loaded = await Promise.all(
    modules.map(async (module) => {
      try {
        return await load(module, folders, resource);
      } catch (error) {
        diag.error(`exporter ${showModule(module)} cannot be used: ${reasonOf(error)}; it gets no metrics`);
        return undefined;
      }
    }),
  );
  const usable = loaded.filter((one) => one !== undefined);
  return {
    forwarders: usable.filter((one) => 'encode' in one),
    readers: usable.filter((one) => 'reader' in one),
  };
}

async function load(
  module: ExporterModule,
  folders: readonly string[],
  resource: Resource,
): Promise<Forwarder | ModuleReader> {
  const Class = await loadClass(module, folders);
  const target = showModule(module);
  const instance: Partial<PushMetricExporter & IMetricReader> = new Class(module.options);
  if (typeof instance.setMetricProducer === 'function') {
    const reader = instance as IMetricReader;
    return { target, reader, selectTemporality: selectorOf(reader) };
  }
  if (typeof instance.export === 'function' && typeof instance.forceFlush === 'function') {
    const exporter = instance as PushMetricExporter;
    return new ModuleExporter({ exporter, target, resource, selectTemporality: selectorOf(exporter) });
  }
  throw new Error('it is no PushMetricExporter (export, forceFlush) and no MetricReader (setMetricProducer)');
}

const INSTRUMENT_TYPES = Object.values(InstrumentType);

/** Asks for each type at the start, where a selector that throws does no harm. Without a selector all are totals. */
function selectorOf(
  instance: Pick<PushMetricExporter, 'selectAggregationTemporality'>,
): AggregationTemporalitySelector {
  const deltas = INSTRUMENT_TYPES.filter(
    (type) => instance.selectAggregationTemporality?.(type) === AggregationTemporality.DELTA,
  );
  return (type) => (deltas.includes(type) ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE);
}
