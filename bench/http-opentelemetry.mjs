/**
 * OpenTelemetry as its documentation sets it up for metrics alone, for `node --import`: HTTP with the routes of
 * Express, the runtime and the host, and an endpoint for Prometheus on METRICS_PORT.
 */
import { register } from 'node:module';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
import { HostMetricsInstrumentation } from '@opentelemetry/instrumentation-host-metrics';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
// The route of Express reaches the metrics of HTTP in the context of the request.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const exporter = new PrometheusExporter({ host: '127.0.0.1', port: Number(process.env.METRICS_PORT) });
registerInstrumentations({
  meterProvider: new MeterProvider({ readers: [exporter] }),
  instrumentations: [
    new HttpInstrumentation(),
    new ExpressInstrumentation(),
    new RuntimeNodeInstrumentation(),
    new HostMetricsInstrumentation(),
  ],
});
