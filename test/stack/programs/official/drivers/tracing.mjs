// The official instrumentations, with a tracer that counts their spans.
import './counting-spans.mjs';
import { HostMetrics } from '@opentelemetry/host-metrics';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { MongoDBInstrumentation } from '@opentelemetry/instrumentation-mongodb';
import { MySQL2Instrumentation } from '@opentelemetry/instrumentation-mysql2';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { RedisInstrumentation } from '@opentelemetry/instrumentation-redis';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { SocketIoInstrumentation } from '@opentelemetry/instrumentation-socket.io';

registerInstrumentations({
  instrumentations: [
    new PgInstrumentation(),
    new MySQL2Instrumentation(),
    new MongoDBInstrumentation(),
    new RedisInstrumentation(),
    new IORedisInstrumentation({ requireParentSpan: false }),
    new RuntimeNodeInstrumentation(),
    new SocketIoInstrumentation(),
  ],
});
new HostMetrics().start();
