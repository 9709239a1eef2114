import { DiagConsoleLogger, DiagLogLevel } from '@opentelemetry/api';
import { startInstrumentations } from '../../../../../src/app/sources/instrumentations.ts';
import { diag } from '../../../../../src/base/diag.ts';
import { SOURCE_NAMES, SOURCES } from '../../../../../src/config/sources.ts';
import { registerStockProvider } from '../../../instruments/helpers/collected.ts';

/*
 * Starts all sources of calls, as `boot` does. When the application has nothing left to do, it writes what they counted.
 */
diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.WARN });
const collect = registerStockProvider();
const meterProvider = {
  getMeter(): never {
    throw new Error('calls are recorded with the instruments of the application');
  },
};
startInstrumentations({
  chosen: SOURCE_NAMES.filter((name) => SOURCES[name].group === 'RPC'),
  meterProvider,
  http: 'off',
});

process.once('beforeExit', async () => {
  const collected = await collect();
  const told = ['server', 'client'].flatMap((side) =>
    collected
      .counts(`rpc.${side}.call.duration`)
      .map(([attributes, count]) => `${side} ${attributes['rpc.method']} ${count}`),
  );
  console.log(`counted: ${JSON.stringify(told)}`);
});
