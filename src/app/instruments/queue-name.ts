import { BoundedValues } from '../../base/bounded-values.ts';

/** Which queue, of which messaging system. */
export interface QueueOptions {
  /** `messaging.system`: the system the queue is of, as `bullmq`, `rabbitmq`, `aws_sqs`. */
  readonly system: string;
  /** `messaging.destination.name`: the name of the queue, of which there are few. */
  readonly name: string;
}

export const operations = new BoundedValues('messaging.operation.name', /^[A-Za-z][\w.:/-]{0,63}$/);
const systems = new BoundedValues('messaging.system', /^[a-z][a-z0-9_.]{0,63}$/);
const names = new BoundedValues('messaging.destination.name', /^[^\s'"]{1,128}$/);

export function queueOf({ system, name }: Partial<QueueOptions>) {
  return {
    'messaging.system': systems.admit(system),
    'messaging.destination.name': names.admit(name),
  };
}
