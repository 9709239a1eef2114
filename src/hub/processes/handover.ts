import { pause, within } from '../../base/waits.ts';
import { hasEnded, type ProcessIdentity } from '../../model/process-identity.ts';
import type { Role } from './role.ts';
import type { ShutdownIntents } from './shutdown-intents.ts';

const POLL_INTERVAL_MS = 10;
/** How long a process that ends waits for others that end too, as the leader or before it tells a receiver of its end. */
const OTHERS_TIMEOUT_MS = 500;

/** The inputs of a handover. They change while the process ends. */
export interface HandoverContext {
  /** Id of this process. */
  readonly id: string;
  /** Resolves once the process has found its role, or has failed to. */
  readonly ready: Promise<unknown>;
  readonly intents: ShutdownIntents;
  readonly role: () => Role;
  /** Whether another process has the last values although it could not confirm them at the time. */
  readonly isHandedOver: () => boolean;
  /** The service's other processes, as the leader or one of its followers knows them. */
  readonly known: () => readonly ProcessIdentity[];
  /** Those of the leader's last membership that may still live. */
  readonly others: () => readonly ProcessIdentity[];
}

type Others = Pick<HandoverContext, 'role' | 'known' | 'intents'>;

/**
 * Hands this process' last values over before it ends: a follower to its leader, a leader to the follower that may
 * lead next. When every other process of the service ends too, no process is left to take them.
 *
 * @param timeout milliseconds
 * @returns false when the values may be lost
 */
export async function handOver(context: HandoverContext, timeout: number): Promise<boolean> {
  const deadline = performance.now() + timeout;
  const wasLeader = context.role().name === 'leading';
  context.intents.announce(context.id);
  try {
    await within(timeout, context.ready);
    return await Promise.race([handOverLastValues(context, deadline, wasLeader), allEnd(context, deadline)]);
  } finally {
    context.intents.withdraw(context.id);
  }
}

async function handOverLastValues(
  context: HandoverContext,
  deadline: number,
  wasLeader: boolean,
): Promise<boolean> {
  const left = () => deadline - performance.now();
  while (left() > 0) {
    const role = context.role();
    if (role.name === 'leading') {
      if (!wasLeader) await othersEnded(context, Math.min(OTHERS_TIMEOUT_MS, left()));
      return role.leader.finish(left(), context.others);
    }
    if (context.isHandedOver()) return true;
    if (role.name === 'following') {
      if (await role.follower.finish(left())) return true;
    } else if (context.others().length === 0) {
      return true;
    }
    await pause(POLL_INTERVAL_MS);
  }
  return false;
}

/** Whether the service goes on without this process. Waits for others, which may be about to end too. */
export async function isContinued(context: Others): Promise<boolean> {
  return !(await allEnd(context, performance.now() + OTHERS_TIMEOUT_MS));
}

/** Resolves to true once every other process of the service ends or has ended. */
async function allEnd({ role, known, intents }: Others, deadline: number): Promise<boolean> {
  while (performance.now() < deadline) {
    const others = known();
    // A follower without a membership yet does not even know its leader.
    const isInformed = role().name !== 'following' || others.length > 0;
    if (isInformed && others.every((other) => intents.isEnding(other.id) || hasEnded(other))) return true;
    await pause(POLL_INTERVAL_MS);
  }
  return false;
}

/** When many processes end at once, their leader among them, they hand over to one that waits for the others. */
async function othersEnded({ others }: HandoverContext, timeout: number): Promise<void> {
  const deadline = performance.now() + timeout;
  while (performance.now() < deadline && others().length > 0) await pause(POLL_INTERVAL_MS);
}
