#!/usr/bin/env node
/** The `pitot` command. */
import process from 'node:process';
import { runtimeProblem } from '../base/runtime.ts';

const problem = runtimeProblem();
const args = process.argv.slice(2);

// The command line is not imported above, because an older Node.js would fail on it before it could get the message.
if (problem === undefined) {
  const { runCommandLine } = await import('./command-line.ts');
  await runCommandLine(args);
} else {
  if (args[0] === 'run' && args.length > 1) {
    console.error(`${problem}; the application runs unmeasured.`);
    const { becomeNode } = await import('./command/become-node.ts');
    becomeNode(args.slice(1));
  } else {
    console.error(`${problem}.`);
    process.exitCode = 1;
  }
}
