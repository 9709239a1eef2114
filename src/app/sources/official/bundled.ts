/** The packages that the build bundles into one file; see packages.ts. */
export { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
export { getRPCMetadata } from '@opentelemetry/core';
export { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
export { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
