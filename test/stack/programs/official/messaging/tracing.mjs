// The official instrumentations, with a tracer that counts their spans.
import './counting-spans.mjs';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { AmqplibInstrumentation } from '@opentelemetry/instrumentation-amqplib';
import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs';

registerInstrumentations({
  instrumentations: [new AmqplibInstrumentation(), new KafkaJsInstrumentation()],
});
