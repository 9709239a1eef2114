/** The code that measures the messaging clients: a file of its own in the build, which `sources.ts` loads. */
export { hookAmqplib } from './amqplib.ts';
export { hookKafkajs } from './kafkajs.ts';
