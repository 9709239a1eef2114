// The official instrumentations, with a tracer that counts their spans.
import './counting-spans.mjs';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { AwsInstrumentation } from '@opentelemetry/instrumentation-aws-sdk';
import { GraphQLInstrumentation } from '@opentelemetry/instrumentation-graphql';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';

registerInstrumentations({
  instrumentations: [new GrpcInstrumentation(), new AwsInstrumentation(), new GraphQLInstrumentation()],
});
