import type { Frame } from '../src/hub/page/wire.ts';

/** The page's name for the change from one run of a service to the next; undefined if it is the same run. */
export function changeOf(now: Frame, before: Frame): string | undefined {
  const { service, version, startedBy } = now.health;
  const isSame = service === before.health.service && now.process === before.process;
  const [last = 0, first = 0] = [before.times.at(-1), now.times[0]];
  // A hub that lost its history for want of viewers has a service that is older than the last frame.
  if (!isSame || first <= last || startedBy <= last) return undefined;
  return version === before.health.version ? 'Restarted' : `Deployed ${version}`;
}
