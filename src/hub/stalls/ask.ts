import { Session } from 'node:inspector';
import { STACK_KEY } from '../../model/stack-cells.ts';

/*
 * Asks a stuck thread for its stack through the inspector. The call runs as an interrupt of the stuck code, as soon as
 * that is in JavaScript; a native call is not interrupted. Only the domain `Runtime` is used, and it is not enabled:
 * `Debugger` and `Profiler` search the whole heap when they start, which takes about a second for each gigabyte.
 */

/** Attaches, calls and detaches in one interrupt: at no other time does the process have an inspector session. */
export function askMainThread(request: number): void {
  const session = new Session();
  session.connectToMainThread();
  session.post('Runtime.evaluate', evaluation(request), ignore);
  session.disconnect();
}

/** The way to a worker thread leads through the main thread, which has to answer as well. */
export function askWorker(threadId: number, request: number): void {
  const session = new Session();
  session.connectToMainThread();
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
    if (!workerInfo.title.startsWith(`[worker ${threadId}]`)) return;
    const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: evaluation(request) });
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message }, ignore);
  });
  session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, () => {
    session.post('NodeWorker.disable', ignore);
    session.disconnect();
  });
}

function evaluation(request: number) {
  return { expression: `globalThis[Symbol.for('${STACK_KEY}')]?.(${request})`, silent: true };
}

/** The answer comes through shared memory. */
function ignore(): void {}
