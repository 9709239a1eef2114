/** Metrics of HTTP, the runtime and the host by the OpenTelemetry SDK, wired by hand as its documentation shows. */
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
import { HostMetricsInstrumentation } from '@opentelemetry/instrumentation-host-metrics';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

const meterProvider = new MeterProvider({
  resource: defaultResource().merge(resourceFromAttributes({ 'service.name': 'bench' })),
  readers: [
    new PrometheusExporter({
      host: '127.0.0.1',
      port: Number(process.env.OTEL_EXPORTER_PROMETHEUS_PORT),
    }),
  ],
});

registerInstrumentations({
  meterProvider,
  instrumentations: [
    new HttpInstrumentation(),
    new ExpressInstrumentation(),
    new RuntimeNodeInstrumentation(),
    new HostMetricsInstrumentation(),
  ],
});
