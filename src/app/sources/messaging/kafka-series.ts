import { errorType } from '../../../base/error-type.ts';
import { destinations, groups } from '../../instruments/queue-names.ts';
import { isObject } from '../../patching/replace-method.ts';
import { DeliverySeries, OperationSeries, SendSeries, SeriesCache } from './series.ts';

export const KAFKA = 'kafka';

const SEND = { 'messaging.system.name': KAFKA, 'messaging.operation.name': 'send' } as const;

const topics = new SeriesCache((attributes) => new SendSeries(attributes));
const deliveries = new SeriesCache((attributes) => new DeliverySeries(attributes));

export const connecting = new OperationSeries({
  'messaging.system.name': KAFKA,
  'messaging.operation.name': 'connect',
});
/** Messages to several topics by one call. */
export const sendingToSeveral = new OperationSeries(SEND, 'send');

export function sending(topic: string): SendSeries {
  return topics.get(topic, () => ({ ...SEND, 'messaging.destination.name': destinations.admit(topic) }));
}

export function processing(topic: string, group: string | undefined): DeliverySeries {
  return deliveries.get(`${topic}\n${group}`, () => ({
    'messaging.system.name': KAFKA,
    'messaging.operation.name': 'process',
    'messaging.destination.name': destinations.admit(topic),
    ...(group !== undefined && { 'messaging.consumer.group.name': groups.admit(group) }),
  }));
}

/** Errors that kafkajs puts around that of the last attempt. */
const WRAPPERS: readonly unknown[] = ['KafkaJSNumberOfRetriesExceeded', 'KafkaJSNonRetriableError'];

/** `error.type`: Kafka's own name (`UNKNOWN_TOPIC_OR_PARTITION`), else the code or the class. */
export function kafkaErrorType(error: unknown): string {
  let inner = error;
  for (let depth = 0; depth < 4 && isWrapper(inner); depth++) inner = inner.cause;
  const type: unknown = isObject(inner) ? Reflect.get(inner, 'type') : undefined;
  return errorType(typeof type === 'string' ? type : inner);
}

function isWrapper(error: unknown): error is { readonly cause: object } {
  return (
    isObject(error) && WRAPPERS.includes(Reflect.get(error, 'name')) && isObject(Reflect.get(error, 'cause'))
  );
}
