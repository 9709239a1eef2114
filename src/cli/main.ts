#!/usr/bin/env node
/** The `pitot` command. */
import process from 'node:process';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const args = process.argv.slice(2);

// What it needs is not imported above: an older Node.js would fail on that before it could be told.
if (major > 22 || (major === 22 && minor >= 15)) {
  const { runCommandLine } = await import('./command-line.ts');
  await runCommandLine(args);
} else {
  const needs = `pitot: needs Node.js 22.15 or later and this is ${process.versions.node}`;
  if (args[0] === 'run' && args.length > 1) {
    console.error(`${needs}; the application runs unmeasured.`);
    const { becomeNode } = await import('./become-node.ts');
    becomeNode(args.slice(1));
  } else {
    console.error(`${needs}.`);
    process.exitCode = 1;
  }
}
