import { missing, proven, type Section } from './row.ts';

/** The API and the SDK, in the order of the compliance matrix. */
export const METRICS: readonly Section[] = [
  {
    title: 'Metrics',
    rows: [
      proven(
        'The API provides a way to set and get a global default `MeterProvider`.',
        'app/opentelemetry/registration.test.ts',
        'copies of all versions record into pitot together',
      ),
      missing(
        'It is possible to create any number of `MeterProvider`s.',
        'There is one set of shared memory for each process, and one endpoint. Other MeterProviders work beside pitot.',
      ),
      proven(
        '`MeterProvider` provides a way to get a `Meter`.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        '`get_meter` accepts name, `version` and `schema_url`.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      missing('`get_meter` accepts `attributes`.', '`MeterOptions` of the JavaScript API has no attributes.'),
      proven(
        'When an invalid `name` is specified a working `Meter` implementation is returned as a fallback.',
        'app/record/recorder.test.ts',
        'a meter without a valid name works and has an empty one',
      ),
      missing(
        'The fallback `Meter` `name` property keeps its original invalid value.',
        'A name that is not text becomes the empty name: exporters can only carry text.',
      ),
      proven(
        'Associate `Meter` with `InstrumentationScope`.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        '`Counter` instrument is supported.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        '`AsynchronousCounter` instrument is supported.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        '`Histogram` instrument is supported.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        '`AsynchronousGauge` instrument is supported.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        '`Gauge` instrument is supported.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        '`UpDownCounter` instrument is supported.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        '`AsynchronousUpDownCounter` instrument is supported.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        'Instruments have `name`',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        'Instruments have kind.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        'Instruments have an optional unit of measure.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        'Instruments have an optional description.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        'A valid instrument MUST be created and warning SHOULD be emitted when multiple instruments are registered under the same `Meter` using the same `name`.',
        'app/record/recorder.test.ts',
        'one name with another kind or unit records separately, with one warning that names both',
      ),
      proven(
        'Duplicate instrument registration name conflicts are resolved by using the first-seen for the stream name.',
        'app/record/recorder.test.ts',
        'an identical instrument is the same one, and the longer description is kept',
      ),
      proven(
        'It is possible to register two instruments with same `name` under different `Meter`s.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        'Instrument names conform to the specified syntax.',
        'app/record/recorder.test.ts',
        'an instrument whose name is not valid records under it, with one warning that tells the syntax',
      ),
      proven(
        'Instrument units conform to the specified syntax.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        'Instrument descriptions conform to the specified syntax.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        'Instrument supports the advisory ExplicitBucketBoundaries parameter.',
        'app/record/recorder.test.ts',
        'boundaries are sorted, and infinite and repeated ones left out, as the stock SDK does',
      ),
      proven(
        'Instrument supports the advisory Attributes parameter.',
        'app/record/recorder.test.ts',
        'advised attributes are the only ones that are kept',
      ),
      proven(
        'Synchronous instruments support Bind to pre-associate attributes.',
        'app/record/recorder.test.ts',
        'a bound instrument records into the series of its attributes',
      ),
      proven(
        'All methods of `MeterProvider` are safe to be called concurrently.',
        'hub/processes/threads.test.ts',
        'totals include running worker threads, and gauges have a series for each thread',
      ),
      proven(
        'All methods of `Meter` are safe to be called concurrently.',
        'hub/processes/threads.test.ts',
        'totals include running worker threads, and gauges have a series for each thread',
      ),
      proven(
        'All methods of any instrument are safe to be called concurrently.',
        'hub/processes/threads.test.ts',
        'totals include running worker threads, and gauges have a series for each thread',
      ),
      proven(
        '`MeterProvider` allows a `Resource` to be specified.',
        'config/declarative.test.ts',
        'readers, views, resource, limits and log level become settings, and nothing is left to say',
      ),
      proven(
        'A specified `Resource` can be associated with all the produced metrics from any `Meter` from the `MeterProvider`.',
        'hub/expose/translate.test.ts',
        'the resource is target_info, unless it is empty',
      ),
      missing(
        'The supplied `name`, `version` and `schema_url` arguments passed to the `MeterProvider` are used to create an `InstrumentationLibrary` instance stored in the `Meter`.',
        'Former name of the next row.',
      ),
      proven(
        'The supplied `name`, `version` and `schema_url` arguments passed to the `MeterProvider` are used to create an `InstrumentationScope` instance stored in the `Meter`.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        'Configuration is managed solely by the `MeterProvider`.',
        'e2e/boot.test.ts',
        'options that come too late get one line, and those that change nothing get none',
      ),
      missing(
        'The `MeterProvider` provides methods to update the configuration',
        'The configuration is read once, at the start.',
      ),
      missing('The updated configuration applies to all already returned `Meter`s.', 'See above.'),
      proven(
        'There is a way to register `View`s with a `MeterProvider`.',
        'app/record/views.test.ts',
        'a view gives an instrument another name, description, limit and fewer attributes',
      ),
      proven(
        'The `View` instrument selection criteria is as specified.',
        'app/record/views.test.ts',
        'every part of a selector must match',
      ),
      proven(
        'The `View` instrument selection criteria supports wildcards.',
        'app/record/views.test.ts',
        'every part of a selector must match',
      ),
      proven(
        'The `View` instrument selection criteria supports the match-all wildcard.',
        'app/record/views.test.ts',
        'every part of a selector must match',
      ),
      proven(
        'The `View` allows configuring the name, description, attributes keys and aggregation of the resulting metric stream.',
        'app/record/views.test.ts',
        'a view gives an instrument another name, description, limit and fewer attributes',
      ),
      proven(
        'The `View` allows configuring excluded attribute keys of resulting metric stream.',
        'app/record/views.test.ts',
        'a view gives an instrument another name, description, limit and fewer attributes',
      ),
      proven(
        'The `View` allows configuring the exemplar reservoir of resulting metric stream.',
        'app/record/exemplars.test.ts',
        'a view chooses the buckets that have an exemplar each, or none',
      ),
      proven(
        'The SDK allows more than one `View` to be specified per instrument.',
        'app/record/views.test.ts',
        'every view with a name of its own makes a stream of the instrument',
      ),
      missing(
        'The `MeterProvider` supports configuring `view_matching_mode` to enable composable View matching.',
        'New since version 1.60.0 of the specification, and in no release of it.',
      ),
      proven(
        'The `Drop` aggregation is available.',
        'app/record/views.test.ts',
        'a dropped instrument exports nothing, whatever its kind and its calls',
      ),
      proven(
        'The `Default` aggregation is available.',
        'app/record/views.test.ts',
        'a view gives histograms explicit boundaries, exponential buckets or the defaults',
      ),
      proven(
        'The `Default` aggregation uses the specified aggregation by instrument.',
        'app/record/differential.test.ts',
        'the recorder and the stock SDK give the same MetricData for the same random programs',
      ),
      proven(
        'The `Sum` aggregation is available.',
        'app/record/views.test.ts',
        'a view aggregates any synchronous instrument as a sum, a last value or a histogram',
      ),
      proven(
        'The `LastValue` aggregation is available.',
        'app/record/views.test.ts',
        'a view aggregates any synchronous instrument as a sum, a last value or a histogram',
      ),
      proven(
        'The `ExplicitBucketHistogram` aggregation is available.',
        'app/record/views.test.ts',
        'a view gives histograms explicit boundaries, exponential buckets or the defaults',
      ),
      proven(
        'The `ExponentialBucketHistogram` aggregation is available.',
        'app/record/exponential.test.ts',
        'an exponential histogram has the buckets, scale, sum and extremes that the stock SDK gives it',
      ),
      missing(
        'The metrics Reader implementation supports registering metric Exporters',
        'The exporters are `prometheus`, `otlp` and `console`. They run in the hub thread, out of reach of objects of the application.',
      ),
      missing(
        'The metrics Reader implementation supports configuring the default aggregation on the basis of instrument kind.',
        'For histograms only: `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`. A view with `instrumentType` does the same for other kinds.',
      ),
      proven(
        'The metrics Reader implementation supports configuring the default temporality on the basis of instrument kind.',
        'hub/collect/temporality.test.ts',
        'each kind of instrument has the temporality that the reader selects for it',
      ),
      proven(
        'The metrics Exporter has access to the aggregated metrics data (aggregated points, not raw measurements).',
        'hub/forward/otlp-serializer.test.ts',
        'protobuf without exemplars decodes like the output of the official serializer',
      ),
      proven(
        'The metrics Exporter `export` function can not be called concurrently from the same Exporter instance.',
        'e2e/force-flush.test.ts',
        'flushes that overlap are forwarded together, and shutdown forwards what came after them',
      ),
      proven(
        'The metrics Exporter `export` function does not block indefinitely.',
        'hub/forward/answers.test.ts',
        'a receiver that is down, breaks off or does not answer gets a retry',
      ),
      proven(
        'The metrics Exporter `export` function receives a batch of metrics.',
        'hub/forward/otlp-serializer.test.ts',
        'protobuf without exemplars decodes like the output of the official serializer',
      ),
      proven(
        'The metrics Exporter `export` function returns `Success` or `Failure`.',
        'hub/forward/push-reader.test.ts',
        'exported, failed, rejected and lost data points are counted, from 0 on',
      ),
      proven(
        'The metrics Exporter provides a `ForceFlush` function.',
        'e2e/force-flush.test.ts',
        'every invocation of a Lambda handler is forwarded before the process is frozen',
      ),
      proven(
        'The metrics Exporter `ForceFlush` can inform the caller whether it succeeded, failed or timed out.',
        'e2e/force-flush.test.ts',
        'a flush tells whether it succeeded, failed or timed out, and never rejects',
      ),
      proven(
        'The metrics Exporter provides a `shutdown` function.',
        'e2e/boot.test.ts',
        'instruments made before or after boot work, boot twice is once, and shutdown closes the endpoint',
      ),
      proven(
        'The metrics Exporter `shutdown` function do not block indefinitely.',
        'e2e/exit.test.ts',
        'a receiver that does not answer holds up the end for no longer than PITOT_FLUSH_TIMEOUT, and that is said',
      ),
      proven(
        'The metrics SDK samples `Exemplar`s from measurements.',
        'app/record/exemplars.test.ts',
        'a counter keeps the latest measurement of a sampled span, with its time and its ids',
      ),
      proven(
        'Exemplar sampling can be disabled.',
        'app/record/exemplars.test.ts',
        'the filter says which measurements are eligible',
      ),
      proven(
        'The metrics SDK supports SDK-wide exemplar filter configuration',
        'app/record/exemplars.test.ts',
        'the filter says which measurements are eligible',
      ),
      proven(
        'The metrics SDK supports `TraceBased` exemplar filter',
        'app/record/exemplars.test.ts',
        'the filter says which measurements are eligible',
      ),
      proven(
        'The metrics SDK supports `AlwaysOn` exemplar filter',
        'app/record/exemplars.test.ts',
        'the filter says which measurements are eligible',
      ),
      proven(
        'The metrics SDK supports `AlwaysOff` exemplar filter',
        'app/record/exemplars.test.ts',
        'the filter says which measurements are eligible',
      ),
      missing(
        'Exemplars retain any attributes available in the measurement that are not preserved by aggregation or view configuration.',
        'Exemplars are numbers in shared memory, without text. [endpoint.md](endpoint.md) says so.',
      ),
      missing(
        'Documentation notes that View-filtered attributes may still appear on Exemplars.',
        'View-filtered attributes appear on no exemplar.',
      ),
      proven(
        'Exemplars contain the associated trace id and span id of the active span in the Context when the measurement was taken.',
        'app/record/exemplars.test.ts',
        'a counter keeps the latest measurement of a sampled span, with its time and its ids',
      ),
      proven(
        'Exemplars contain the timestamp when the measurement was taken.',
        'app/record/exemplars.test.ts',
        'a counter keeps the latest measurement of a sampled span, with its time and its ids',
      ),
      missing(
        'The metrics SDK provides an `ExemplarReservoir` interface or extension point.',
        'A view chooses among the built-in ones. Another would run code of the application within every recording.',
      ),
      missing(
        'An `ExemplarReservoir` has an `offer` method with access to the measurement value, attributes, `Context` and timestamp.',
        'A view chooses among the built-in ones. Another would run code of the application within every recording.',
      ),
      missing(
        'The metrics SDK provides a `SimpleFixedSizeExemplarReservoir` that is used by default for all aggregations except `ExplicitBucketHistogram`.',
        'By a view, not by default: A counter keeps the latest exemplar. An exponential histogram keeps one for each power of two, so that rare slow measurements are among them.',
      ),
      proven(
        'The metrics SDK provides an `AlignedHistogramBucketExemplarReservoir` that is used by default for `ExplicitBucketHistogram` aggregation.',
        'app/record/exemplars.test.ts',
        'an explicit histogram keeps the latest of each bucket',
      ),
      missing(
        'A metric Producer accepts an optional metric Filter',
        'pitot is the only producer of its reader. Metrics of another SDK stay with that SDK.',
      ),
      missing(
        'The metric Reader implementation supports registering metric Filter and passing them its registered metric Producers',
        'pitot is the only producer of its reader. Metrics of another SDK stay with that SDK.',
      ),
      missing(
        "The metric SDK's metric Producer implementations uses the metric Filter",
        'pitot is the only producer of its reader. Metrics of another SDK stay with that SDK.',
      ),
      proven(
        'Metric SDK implements cardinality limit',
        'app/record/series-limit.test.ts',
        'past the limit further attributes are counted in the overflow series, for ever and not for one collection',
      ),
      missing(
        'Metric SDK supports configuring cardinality limit at MeterReader level',
        'All readers share the series in memory, and so one limit: `PITOT_SERIES_LIMIT`.',
      ),
      proven(
        'Metric SDK supports configuring cardinality limit per metric (using Views)',
        'app/record/views.test.ts',
        'a view gives an instrument another name, description, limit and fewer attributes',
      ),
      proven(
        'Metric SDK supports per-timeseries cumulative start timestamps',
        'app/record/removal.test.ts',
        'a series that was removed is exported no more, and begins anew when it is recorded again',
      ),
      missing(
        "The metric SDK's periodic Reader implementation supports the `maxExportBatchSize` parameter",
        'An export is one request.',
      ),
    ],
  },
  {
    title: 'Metrics about the SDK itself',
    rows: [
      proven(
        '`otel.sdk.exporter.metric_data_point.inflight`',
        'hub/forward/push-reader.test.ts',
        'exported, failed, rejected and lost data points are counted, from 0 on',
      ),
      proven(
        '`otel.sdk.exporter.metric_data_point.exported`',
        'hub/forward/push-reader.test.ts',
        'exported, failed, rejected and lost data points are counted, from 0 on',
      ),
      proven(
        '`otel.sdk.metric_reader.collection.duration`',
        'hub/forward/push-reader.test.ts',
        'exported, failed, rejected and lost data points are counted, from 0 on',
      ),
      proven(
        '`otel.sdk.exporter.operation.duration`',
        'hub/forward/push-reader.test.ts',
        'exported, failed, rejected and lost data points are counted, from 0 on',
      ),
    ],
  },
];
