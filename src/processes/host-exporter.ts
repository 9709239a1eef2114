import { ExportResultCode } from '@opentelemetry/core';
import { AggregationTemporality, type PushMetricExporter } from '@opentelemetry/sdk-metrics';

/** Exports only while `isHost` says so: one process forwards for all of its service. */
export function hostOnly(exporter: PushMetricExporter, isHost: () => boolean): PushMetricExporter {
  return {
    export(metrics, done) {
      if (isHost()) exporter.export(metrics, done);
      else done({ code: ExportResultCode.SUCCESS });
    },
    selectAggregationTemporality: (type) =>
      exporter.selectAggregationTemporality?.(type) ?? AggregationTemporality.CUMULATIVE,
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
