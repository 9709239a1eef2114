import { foreignMetric } from './metric.ts';

/*
 * Series that Prometheus itself adds for every target.
 * https://prometheus.io/docs/concepts/jobs_instances/
 */
export const UP = foreignMetric('up', 'gauge');
export const SCRAPE_DURATION = foreignMetric('scrape_duration_seconds', 'gauge');
export const SCRAPE_SAMPLES = foreignMetric('scrape_samples_scraped', 'gauge');

/*
 * The Collector's own metrics, as the reader of otel-collector/config.yaml serves them.
 * https://opentelemetry.io/docs/collector/internal-telemetry/
 */
const RECEIVER = ['receiver', 'transport'];
const EXPORTER = ['exporter'];

export const ACCEPTED = foreignMetric('otelcol_receiver_accepted_metric_points', 'counter', RECEIVER);
export const REFUSED = foreignMetric('otelcol_receiver_refused_metric_points', 'counter', RECEIVER);
export const FAILED = foreignMetric('otelcol_receiver_failed_metric_points', 'counter', RECEIVER);
export const SENT = foreignMetric('otelcol_exporter_sent_metric_points', 'counter', EXPORTER);
export const SEND_FAILED = foreignMetric('otelcol_exporter_send_failed_metric_points', 'counter', EXPORTER);
export const ENQUEUE_FAILED = foreignMetric(
  'otelcol_exporter_enqueue_failed_metric_points',
  'counter',
  EXPORTER,
);
export const QUEUE_SIZE = foreignMetric('otelcol_exporter_queue_size', 'gauge', EXPORTER);
export const QUEUE_CAPACITY = foreignMetric('otelcol_exporter_queue_capacity', 'gauge', EXPORTER);
export const COLLECTOR_CPU = foreignMetric('otelcol_process_cpu_seconds', 'counter');
export const COLLECTOR_MEMORY = foreignMetric('otelcol_process_memory_rss', 'gauge');
export const COLLECTOR_HEAP = foreignMetric('otelcol_process_runtime_heap_alloc_bytes', 'gauge');
/** A counter, treated as a gauge: it restarts with the process. */
export const COLLECTOR_UPTIME = foreignMetric('otelcol_process_uptime', 'gauge');
