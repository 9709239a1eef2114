/** A symbol of the process, because the application may have another copy of pitot than the command line. */
const DRY_RUN = Symbol.for('pitot.dry-run');

/** Gets the options of a `boot()` that starts nothing. */
export type DryRun = (options: Readonly<Record<string, unknown>>) => void;

/** From now on `boot()` starts nothing in this process. It passes its options to the listener. */
export function startDryRun(listener: DryRun): void {
  Reflect.set(globalThis, DRY_RUN, listener);
}

/** The listener of the dry run that is on in this process, if there is one. */
export function dryRun(): DryRun | undefined {
  const listener: unknown = Reflect.get(globalThis, DRY_RUN);
  return typeof listener === 'function' ? (options) => void listener(options) : undefined;
}
