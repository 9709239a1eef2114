import { diag } from '../../base/diag.ts';
import { isFileOfPackage } from '../../base/package-files.ts';
import { reasonOf } from '../../base/reason.ts';

/** Maximum number of different errors that pitot logs. */
const MAX_LOGGED = 10;

let isListening = false;
const logged = new Set<string>();

/**
 * Keeps the hub alive when an exporter of another package throws outside its methods: in a timer, or in a promise that
 * it does not await. An error from pitot's own code still ends the hub, which starts again.
 */
export function surviveForeignErrors(): void {
  if (isListening) return;
  isListening = true;
  const receive = (error: unknown) => {
    if (isOwn(error)) throw error;
    const reason = reasonOf(error);
    if (logged.has(reason) || logged.size === MAX_LOGGED) return;
    logged.add(reason);
    diag.error(`an exporter of another package throws in the hub's thread: ${reason}. This is said once.`);
  };
  process.on('uncaughtException', receive);
  process.on('unhandledRejection', receive);
}

/** A frame of a stack with a file, not with a module of Node.js. */
const FRAME = /(?:\(|\bat (?:async )?)((?:file:\/\/|\/|[A-Z]:\\)[^()]+):\d+:\d+\)?$/m;

/** Where it was thrown decides: pitot's frames are below those of an exporter that it called. */
function isOwn(error: unknown): boolean {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const file = FRAME.exec(stack)?.[1];
  return file !== undefined && isFileOfPackage(file);
}
