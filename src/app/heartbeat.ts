import { nanoseconds } from '../base/clock.ts';
import { BEAT_INTERVAL_MS, type VitalSigns } from '../model/vital-signs.ts';

/**
 * Has this thread's event loop tell that it turns, four times a second, for a few microseconds a second.
 * A loop that has nothing to do tells it too; the process is not kept alive for it.
 *
 * @returns a function that ends it
 */
export function startHeartbeat(signs: VitalSigns): () => void {
  const beat = () => signs.beat(nanoseconds());
  signs.begin(nanoseconds());
  const first = setImmediate(beat).unref();
  const timer = setInterval(beat, BEAT_INTERVAL_MS).unref();
  return () => {
    clearImmediate(first);
    clearInterval(timer);
  };
}
