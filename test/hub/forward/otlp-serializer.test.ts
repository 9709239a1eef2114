import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import {
  type ISerializer,
  JsonMetricsSerializer,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import { AggregationTemporality, DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { jsonSerializer } from '../../../src/hub/forward/otlp-serializer/json.ts';
import { protobufSerializer } from '../../../src/hub/forward/otlp-serializer/protobuf.ts';
import { type Exemplar, exemplarsOf } from '../../../src/model/exemplars.ts';
import { decodeOtlpRequest, type OtlpEncoding, rawPointsOf } from '../../harness/otlp-decoding.ts';
import type { RawExemplar, RawMetric, RawPoint, RawRequest } from '../../harness/otlp-messages.ts';
import { counter, exemplar, gauge, histogram, resourceMetrics, scope } from '../expose/helpers/metrics.ts';
import { otlpMetrics } from './helpers/otlp-arbitraries.ts';

const SERIALIZERS = { protobuf: protobufSerializer, json: jsonSerializer };

function written(metrics: ResourceMetrics, encoding: OtlpEncoding): RawRequest {
  return writtenBy(SERIALIZERS[encoding], metrics, encoding);
}

function writtenBy(
  serializer: ISerializer<ResourceMetrics, unknown>,
  metrics: ResourceMetrics,
  encoding: OtlpEncoding,
): RawRequest {
  const body = serializer.serializeRequest(metrics);
  assert.ok(body);
  return decodeOtlpRequest(Buffer.from(body), encoding);
}

function metricsOf({ resourceMetrics: list }: RawRequest): readonly RawMetric[] {
  return list.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
}

function pointsIn(request: RawRequest): readonly RawPoint[] {
  return metricsOf(request).flatMap(rawPointsOf);
}

function withoutExemplars({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics {
  const scopes = structuredClone(scopeMetrics);
  const points = scopes.flatMap(({ metrics }) => metrics.flatMap(({ dataPoints }) => [...dataPoints]));
  for (const point of points) Reflect.deleteProperty(point, 'exemplars');
  return { resource, scopeMetrics: scopes };
}

test('protobuf without exemplars decodes like the output of the official serializer', () => {
  fc.assert(
    fc.property(otlpMetrics, (metrics) => {
      assert.deepEqual(
        written(withoutExemplars(metrics), 'protobuf'),
        writtenBy(ProtobufMetricsSerializer, metrics, 'protobuf'),
      );
    }),
  );
});

test('JSON decodes like protobuf', () => {
  fc.assert(
    fc.property(otlpMetrics, (metrics) => {
      assert.deepEqual(written(metrics, 'json'), written(metrics, 'protobuf'));
    }),
  );
});

/** Points whose attributes, times and values are those of exemplars: those the official serializer writes. */
function asPoints(exemplars: readonly Exemplar[], valueType: ValueType): ResourceMetrics {
  const dataPoints = exemplars.map(({ value, timestamp, filteredAttributes }) => ({
    attributes: filteredAttributes,
    startTime: timestamp,
    endTime: timestamp,
    value,
  }));
  return resourceMetrics(
    {},
    scope('', {
      descriptor: { name: '', description: '', unit: '', valueType },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.GAUGE,
      dataPoints,
    }),
  );
}

function idsOf({ traceId, spanId }: RawExemplar): { traceId: string; spanId: string } {
  return { traceId: Buffer.from(traceId).toString('hex'), spanId: Buffer.from(spanId).toString('hex') };
}

test('a point keeps its exemplars in their order, and is otherwise unchanged', () => {
  fc.assert(
    fc.property(otlpMetrics, (metrics) => {
      const request = written(metrics, 'protobuf');
      const given = metrics.scopeMetrics.flatMap((one) => one.metrics);
      metricsOf(request).forEach((metric, i) => {
        const { dataPoints = [], descriptor } = given[i] ?? {};
        rawPointsOf(metric).forEach(({ exemplars }, j) => {
          const expected = exemplarsOf(dataPoints[j] ?? assert.fail());
          assert.deepEqual(
            exemplars.map(idsOf),
            expected.map(({ traceId = '', spanId = '' }) => ({ traceId, spanId })),
          );
          const asWritten = writtenBy(
            ProtobufMetricsSerializer,
            asPoints(expected, descriptor?.valueType ?? ValueType.DOUBLE),
            'protobuf',
          );
          assert.deepEqual(
            exemplars.map(({ traceId: _trace, spanId: _span, filteredAttributes, ...rest }) => ({
              ...rest,
              attributes: filteredAttributes,
            })),
            pointsIn(asWritten).map(
              ({ startTimeUnixNano: _start, flags: _flags, exemplars: _none, ...rest }) => rest,
            ),
          );
        });
      });
      const bare = pointsIn(written(withoutExemplars(metrics), 'protobuf'));
      assert.deepEqual(
        pointsIn(request).map((point) => ({ ...point, exemplars: [] })),
        bare,
      );
    }),
  );
});

test('JSON has ids in hexadecimal, 64-bit integers as strings, and names for NaN and infinities', () => {
  const body = jsonSerializer.serializeRequest(
    resourceMetrics(
      { bytes: 1 },
      scope(
        'jobs',
        histogram({ name: 'size' }, [
          { queue: 'mail' },
          { boundaries: [1, Number.POSITIVE_INFINITY], counts: [2, 2 ** 53, 0], sum: Number.NaN },
          [exemplar(0.5, 1_700_000_001, 'a'), exemplar(Number.NEGATIVE_INFINITY, 1_700_000_002)],
        ]),
      ),
    ),
  );
  assert.deepEqual(JSON.parse(Buffer.from(body ?? []).toString()), {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'bytes', value: { intValue: '1' } }] },
        scopeMetrics: [
          {
            scope: { name: 'jobs' },
            metrics: [
              {
                name: 'size',
                description: '',
                unit: '',
                histogram: {
                  aggregationTemporality: 2,
                  dataPoints: [
                    {
                      attributes: [{ key: 'queue', value: { stringValue: 'mail' } }],
                      startTimeUnixNano: '1700000000500000000',
                      timeUnixNano: '1700000060000000000',
                      count: '9007199254740994',
                      sum: 'NaN',
                      bucketCounts: ['2', '9007199254740992', '0'],
                      explicitBounds: [1, 'Infinity'],
                      exemplars: [
                        {
                          filteredAttributes: [],
                          timeUnixNano: '1700000001250000000',
                          asDouble: 0.5,
                          traceId: 'a'.repeat(32),
                          spanId: 'a'.repeat(16),
                        },
                        {
                          filteredAttributes: [],
                          timeUnixNano: '1700000002250000000',
                          asDouble: '-Infinity',
                        },
                      ],
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  });
});

test('a fraction in an instrument of integers is kept', () => {
  const { descriptor, ...rest } = gauge({ name: 'level' }, [{}, 0.5], [{}, 3]);
  const metric = { descriptor: { ...descriptor, valueType: ValueType.INT }, ...rest };
  for (const encoding of ['protobuf', 'json'] as const) {
    const [level] = metricsOf(written(resourceMetrics({}, scope('test', metric)), encoding));
    assert.ok(level?.data === 'gauge');
    assert.deepEqual(
      level.gauge.dataPoints.map((point) => (point.value === 'asInt' ? point.asInt : point.asDouble)),
      [0.5, '3'],
    );
  }
});

test('a body much larger than the first buffer arrives whole', () => {
  const attributes = Array.from({ length: 20_000 }, (_, i) => ({ route: `/orders/${i}` }));
  const metrics = resourceMetrics(
    {},
    scope('test', counter({ name: 'requests' }, ...attributes.map((one, i) => [one, i] as const))),
  );
  const points = pointsIn(written(metrics, 'protobuf'));
  assert.deepEqual(points, pointsIn(writtenBy(ProtobufMetricsSerializer, metrics, 'protobuf')));
  assert.equal(points.length, attributes.length);
});

test('answers are read like those of the official serializers', () => {
  // One point was rejected, for the reason "no".
  const partial = Buffer.from([0x0a, 6, 0x08, 1, 0x12, 2, 0x6e, 0x6f]);
  assert.deepEqual(protobufSerializer.deserializeResponse(partial), {
    partialSuccess: { rejectedDataPoints: 1, errorMessage: 'no' },
  });
  const json = Buffer.from('{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"no"}}');
  assert.deepEqual(jsonSerializer.deserializeResponse(json), JsonMetricsSerializer.deserializeResponse(json));
});
