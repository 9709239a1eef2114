import { moduleOfPackage } from '../base/package-files.ts';
import { becomeNode } from './command/become-node.ts';
import { type Command, UsageError } from './command/command.ts';

/** The entry of `--import`, in the sources and in the package. */
const DOOR = moduleOfPackage('instrumentation');

/** Everything after it belongs to node: its own options, the program, and the program's arguments. */
export const run: Command = {
  usage: '[node options] app.js [arguments]',
  details: `Runs node --import pitot/instrumentation app.js, so that app.js, CommonJS or ES module, is measured
without a change to it. Arguments before the program go to node, those after it to the program.
Signals, standard streams and the exit code are the program's own.

  pitot run app.js
  OTEL_SERVICE_NAME=orders pitot run --enable-source-maps dist/main.js --port 8080`,
  options: {},
  passesOn: true,
  async run(args) {
    if (args.length === 0) throw new UsageError('no program is given');
    becomeNode(['--import', DOOR.href, ...args]);
    // If a child runs instead, this also ends the present process.
    return await new Promise<never>(() => {});
  },
};
