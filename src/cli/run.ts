import { moduleOfPackage } from '../base/package-files.ts';
import { becomeNode } from './command/become-node.ts';
import { type Command, UsageError } from './command/command.ts';

/** The door, in the sources and in the package alike. */
const DOOR = moduleOfPackage('instrumentation');

/** All that follows is node's: options of its own, the program, the program's arguments. */
export const run: Command = {
  usage: '[node options] app.js [arguments]',
  details: `Runs node --import pitot/instrumentation app.js, so that app.js, CommonJS or ES module, is measured
without a change to it. What stands before the program is passed to node, what follows it to the program.
Signals, standard streams and the exit code are the program's own.

  pitot run app.js
  OTEL_SERVICE_NAME=orders pitot run --enable-source-maps dist/main.js --port 8080`,
  options: {},
  passesOn: true,
  async run(args) {
    if (args.length === 0) throw new UsageError('no program is given');
    becomeNode(['--import', DOOR.href, ...args]);
    // Where a child runs in place of this process, that ends this process.
    return await new Promise<never>(() => {});
  },
};
