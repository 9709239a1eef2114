/*
 * Messages that the application measures by `queue.processing` and an automatic source of the same system delivers are
 * counted once. The application has its message only while it runs the callback of the client, so one fact is enough:
 * the delivery whose callback runs now, up to its first `await`.
 */

/** All copies of the package in a process share it: the door's copy may be another than the application's. */
const CURRENT = Symbol.for('pitot.delivery');

/** A delivery of an automatic source, while the application's callback runs. */
export interface CurrentDelivery {
  /** `messaging.system.name` */
  readonly system: string;
  isMeasuredManually: boolean;
}

/** Runs the application's callback for that delivery. */
export function deliver<R>(delivery: CurrentDelivery, callback: () => R): R {
  const outer: unknown = Reflect.get(globalThis, CURRENT);
  Reflect.set(globalThis, CURRENT, delivery);
  try {
    return callback();
  } finally {
    Reflect.set(globalThis, CURRENT, outer);
  }
}

/** The application measures the delivery that it handles now, if that is of the same system. */
export function measureDeliveryManually(system: unknown): void {
  const delivery = Reflect.get(globalThis, CURRENT) as CurrentDelivery | undefined;
  if (delivery !== undefined && delivery.system === system) delivery.isMeasuredManually = true;
}
