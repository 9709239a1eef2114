import { Session } from 'node:inspector';

/** Milliseconds for the thread to answer; longer if it is in a native call. */
const ANSWER_TIMEOUT_MS = 10_000;

/** The thread did not answer. */
class BusyThreadError extends Error {}

/** An inspector session with the application's main thread, for as long as a profile is taken. */
export class ProfilingSession {
  private readonly session = new Session();

  constructor() {
    this.session.connectToMainThread();
  }

  post<Result>(method: string, params: object = {}): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const timer = setTimeout(
      () => reject(new BusyThreadError(`the main thread has not answered for ${ANSWER_TIMEOUT_MS / 1000} s`)),
      ANSWER_TIMEOUT_MS,
    );
    this.session.post(method, params, (error, result) => {
      clearTimeout(timer);
      if (error === null) resolve(result as Result);
      else reject(error instanceof Error ? error : new Error(JSON.stringify(error)));
    });
    return promise;
  }

  /** Ends whatever the session has started. */
  close(): void {
    this.session.disconnect();
  }
}
