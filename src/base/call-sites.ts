/** The frames of the present stack below the function, at most so many, the innermost first. */
export function callSites(below: (...args: never[]) => unknown, max: number): readonly NodeJS.CallSite[] {
  return withProperty('stackTraceLimit', max, () =>
    withProperty('prepareStackTrace', rawSites, () => {
      const holder: { stack?: unknown } = {};
      Error.captureStackTrace(holder, below);
      return holder.stack as readonly NodeJS.CallSite[];
    }),
  );
}

function rawSites(_: unknown, sites: readonly NodeJS.CallSite[]): readonly NodeJS.CallSite[] {
  return sites;
}

/** Runs the work while the property of `Error` has this value, and leaves the property exactly as it was. */
function withProperty<T>(name: 'stackTraceLimit' | 'prepareStackTrace', value: unknown, work: () => T): T {
  const before = Object.getOwnPropertyDescriptor(Error, name);
  Object.defineProperty(Error, name, { value, configurable: true, enumerable: true, writable: true });
  try {
    return work();
  } finally {
    if (before === undefined) Reflect.deleteProperty(Error, name);
    else Object.defineProperty(Error, name, before);
  }
}
