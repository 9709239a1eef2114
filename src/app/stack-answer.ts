import { callSites } from '../base/call-sites.ts';
import { nanoseconds } from '../base/clock.ts';
import { safely } from '../base/safely.ts';
import { STACK_KEY, type StackCells, type StackFrame } from '../model/stack-cells.ts';

const MAX_FRAMES = 32;
const MAX_NAME_CHARACTERS = 120;
const MAX_FILE_CHARACTERS = 300;

/**
 * Lets the hub ask this thread for its stack while the thread is stuck. The hub's inspector session calls a global
 * function, which runs on top of the stuck code as an interrupt and writes the stack to shared memory. Until then the
 * function costs nothing. See hub/stalls/ask.ts.
 *
 * @returns a function that removes it
 */
export function answerForStack(cells: StackCells): () => void {
  const key = Symbol.for(STACK_KEY);
  const answer = (request: number) => {
    // The stuck code is the application's: nothing may reach it from here.
    try {
      const frames = currentFrames(answer);
      cells.answer(request, { time: nanoseconds(), isDebugged: isDebugged(), frames });
    } catch {
      // The stack is nearly full, or `Error` is frozen. The hub says that it got no answer.
    }
  };
  safely('the stack of a stuck event loop', () => {
    Object.defineProperty(globalThis, key, { value: answer, configurable: true });
  });
  return () => void Reflect.deleteProperty(globalThis, key);
}

function isDebugged(): boolean {
  return process.getBuiltinModule('node:inspector').url() !== undefined;
}

/** The frames below the function, without that of the hub's expression. */
function currentFrames(below: (request: number) => void): StackFrame[] {
  return callSites(below, MAX_FRAMES + 1)
    .slice(1)
    .map(frameOf);
}

function frameOf(site: NodeJS.CallSite): StackFrame {
  const file = site.getFileName() ?? '';
  const name = site.getFunctionName() ?? '';
  // A built-in method has no file: its type tells `RegExp.test` from any other `test`.
  const isBuiltIn = file === '' && !site.isEval();
  return {
    name: (isBuiltIn && name !== '' ? `${site.getTypeName()}.${name}` : name).slice(0, MAX_NAME_CHARACTERS),
    file: file.length > MAX_FILE_CHARACTERS ? '' : file,
    line: site.getLineNumber() ?? 0,
    column: site.getColumnNumber() ?? 0,
  };
}
