// The official instrumentations with a tracer that counts the spans by instrumentation and name.
import { register } from 'node:module';
import { trace } from '@opentelemetry/api';
import { HostMetrics } from '@opentelemetry/host-metrics';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { MongoDBInstrumentation } from '@opentelemetry/instrumentation-mongodb';
import { MySQL2Instrumentation } from '@opentelemetry/instrumentation-mysql2';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { RedisInstrumentation } from '@opentelemetry/instrumentation-redis';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { SocketIoInstrumentation } from '@opentelemetry/instrumentation-socket.io';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);

const spans = {};
globalThis.spans = spans;

const context = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

function tracerOf(scope) {
  return {
    startSpan(name) {
      const key = `${scope.replace('@opentelemetry/instrumentation-', '')}: ${name}`;
      spans[key] = (spans[key] ?? 0) + 1;
      return trace.wrapSpanContext(context);
    },
    startActiveSpan(name, ...rest) {
      return rest.at(-1)(this.startSpan(name));
    },
  };
}

trace.setGlobalTracerProvider({ getTracer: tracerOf });
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
