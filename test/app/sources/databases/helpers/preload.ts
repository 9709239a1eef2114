import { DiagConsoleLogger, DiagLogLevel } from '@opentelemetry/api';
import { databaseSources } from '../../../../../src/app/sources/databases/sources.ts';
import { diag } from '../../../../../src/base/diag.ts';
import { registerStockProvider } from '../../../instruments/helpers/collected.ts';

/*
 * Starts all sources for databases, as `boot` does before the application loads. When the application has nothing
 * left to do, it writes what they counted.
 */
diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.WARN });
const collect = registerStockProvider();
const meterProvider = {
  getMeter(): never {
    throw new Error('databases record with the instruments of the application');
  },
};
for (const source of databaseSources) source.start(meterProvider);

process.once('beforeExit', async () => {
  const counts = (await collect()).counts('db.client.operation.duration');
  const told = counts.map(([attributes, count]) => [
    attributes['db.operation.name'],
    attributes['db.collection.name'],
    count,
  ]);
  console.log(`counted: ${JSON.stringify(told)}`);
});
