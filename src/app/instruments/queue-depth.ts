import { BoundedValues } from '../../base/bounded-values.ts';
import { safely } from '../../base/safely.ts';
import { NO_OBSERVATION, type Observation } from '../observe/observation.ts';
import { observe } from '../observe/observe.ts';
import { queueMetrics } from './queue-metrics.ts';
import { type QueueOptions, queueOf } from './queue-name.ts';

/** How many messages there are, together or by state. */
type Depth = number | Readonly<Record<string, number>>;

/** Which queue has the depth, and how it is read. */
export interface QueueDepthOptions extends QueueOptions {
  /** Asks the queue. While it cannot tell, it has no depth. */
  readonly read: () => Depth | Promise<Depth>;
  /** Milliseconds from one question to the next; 15,000 unless told otherwise. */
  readonly every?: number | undefined;
}

const states = new BoundedValues('queue.state', /^[A-Za-z][\w.-]{0,31}$/);

/** See `queue.depth`. */
export function observeDepth(options: QueueDepthOptions): Observation {
  const observation = safely('queue.depth', () => {
    const { read, every } = options;
    if (typeof read !== 'function') throw new TypeError('expected a function read()');
    const queue = queueOf(options);
    const name = `queue ${queue['messaging.destination.name']}`;
    const settings = { name, onError: 'drop', ...(every !== undefined && { every }) } as const;
    return observe(queueMetrics.depth, async () => readingsOf(await read(), queue), settings);
  });
  return observation ?? NO_OBSERVATION;
}

function readingsOf(depth: Depth, queue: ReturnType<typeof queueOf>) {
  if (typeof depth === 'number') return [{ value: depth, attributes: queue }];
  return Object.entries(depth).map(([state, value]) => ({
    value,
    attributes: { ...queue, 'queue.state': states.admit(state) },
  }));
}
