import { DiagConsoleLogger, DiagLogLevel } from '@opentelemetry/api';
import { startInstrumentations } from '../../../../../src/app/sources/instrumentations.ts';
import { diag } from '../../../../../src/base/diag.ts';
import { SOURCE_NAMES, SOURCES } from '../../../../../src/config/sources.ts';
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
startInstrumentations({
  chosen: SOURCE_NAMES.filter((name) => SOURCES[name].group === 'database drivers'),
  meterProvider,
  http: 'off',
});

process.once('beforeExit', async () => {
  const counts = (await collect()).counts('db.client.operation.duration');
  const told = counts.map(([attributes, count]) => [
    attributes['db.operation.name'],
    attributes['db.collection.name'],
    count,
  ]);
  console.log(`counted: ${JSON.stringify(told)}`);
});
