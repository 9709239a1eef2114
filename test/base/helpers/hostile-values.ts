function fail(): never {
  throw new Error('a trap');
}

const TRAPS: ProxyHandler<object> = {
  get: fail,
  has: fail,
  ownKeys: fail,
  getPrototypeOf: fail,
  getOwnPropertyDescriptor: fail,
};

class Silent extends Error {
  override get message(): string {
    throw new Error('no text');
  }
}

/** A proxy that throws at whatever is done with it. */
export function hostileProxy(): object {
  return new Proxy({}, TRAPS);
}

/** A function that throws when it is called or looked at. */
export function hostileFunction(): () => never {
  return new Proxy(fail, TRAPS as ProxyHandler<() => never>);
}

/** An object whose property throws when it is read. */
export function throwingGetter(name: string): object {
  return Object.defineProperty({}, name, { enumerable: true, get: fail });
}

/** Values that an application can throw, the nastiest first. */
export function hostileThrows(): unknown[] {
  const circular = new AggregateError([]);
  circular.errors.push(circular);
  return [
    Object.create(null),
    hostileProxy(),
    hostileFunction(),
    new Silent(),
    circular,
    new AggregateError([new AggregateError([hostileProxy()])]),
    { message: hostileProxy() },
    { message: '', code: Object.create(null) },
    { toString: fail },
    { [Symbol.toPrimitive]: fail },
    throwingGetter('message'),
    throwingGetter('code'),
    throwingGetter('name'),
    throwingGetter('constructor'),
    new Error('x\npitot: forged\u001b[31m'),
    Symbol('s'),
    10n,
    null,
    undefined,
    () => {},
    '',
    Number.NaN,
  ];
}
