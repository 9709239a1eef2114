import { DiagConsoleLogger, DiagLogLevel } from '@opentelemetry/api';
import { startInstrumentations } from '../../../../../src/app/sources/instrumentations.ts';
import { diag } from '../../../../../src/base/diag.ts';
import { SOURCE_NAMES, SOURCES } from '../../../../../src/config/sources.ts';
import { registerStockProvider } from '../../../instruments/helpers/collected.ts';

/*
 * Starts all sources of calls and of operations of GraphQL, as `boot` does. When the application has nothing left to do, it writes what they counted.
 */
diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.WARN });
const collect = registerStockProvider();
const meterProvider = {
  getMeter(): never {
    throw new Error('calls are recorded with the instruments of the application');
  },
};
startInstrumentations({
  chosen: SOURCE_NAMES.filter((name) => ['RPC', 'GraphQL'].includes(SOURCES[name].group)),
  meterProvider,
  http: 'off',
});

process.once('beforeExit', async () => {
  const collected = await collect();
  const told = [
    ['server', 'rpc.server.call.duration', 'rpc.method'],
    ['client', 'rpc.client.call.duration', 'rpc.method'],
    ['operation', 'pitot.graphql.operation.duration', 'graphql.operation.name'],
  ].flatMap(([what, metric = '', attribute = '']) =>
    collected.counts(metric).map(([attributes, count]) => `${what} ${attributes[attribute]} ${count}`),
  );
  console.log(`counted: ${JSON.stringify(told)}`);
});
