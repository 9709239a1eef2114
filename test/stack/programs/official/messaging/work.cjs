// Ten messages with each client, and ten on a confirm channel. The ports are in the environment.
const COUNT = 10;
const { RABBITMQ_PORT, KAFKA_PORT } = process.env;

const times = async (work) => {
  for (let i = 0; i < COUNT; i++) await work(i);
};

/** Calls back until it has done so COUNT times, and then resolves. */
const consumed = (start) =>
  new Promise((resolve, reject) => {
    let left = COUNT;
    const one = () => {
      left--;
      if (left === 0) resolve();
    };
    Promise.resolve(start(one)).catch(reject);
  });

async function rabbitmq({ connect }) {
  const connection = await connect(`amqp://127.0.0.1:${RABBITMQ_PORT}`);
  const channel = await connection.createConfirmChannel();
  const plain = await connection.createChannel();
  for (const queue of ['mail', 'news']) await channel.assertQueue(queue, { durable: false });
  await times(() => channel.sendToQueue('mail', Buffer.from('x')));
  await channel.waitForConfirms();
  await times(() => plain.publish('', 'news', Buffer.from('x')));
  await consumed((one) =>
    channel.consume('mail', (message) => {
      channel.ack(message);
      one();
    }),
  );
  await consumed((one) =>
    plain.consume(
      'news',
      async () => {
        await null;
        one();
      },
      { noAck: true },
    ),
  );
  await plain.close();
  await channel.close();
  await connection.close();
}

async function kafka({ Kafka, logLevel, Partitioners }) {
  const client = new Kafka({
    brokers: [`127.0.0.1:${KAFKA_PORT}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 500 },
  });
  const topic = `orders-${process.pid}`;
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  await admin.disconnect();
  const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await times((i) => producer.send({ topic, messages: [{ value: String(i) }] }));
  await producer.disconnect();
  const consumer = client.consumer({ groupId: topic, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumed((one) => consumer.run({ eachMessage: async () => one() }));
  await consumer.disconnect();
}

exports.work = async ({ amqplib, kafkajs }) => {
  await rabbitmq(amqplib);
  await kafka(kafkajs);
  // Topics are of one process.
  const spans = JSON.stringify(globalThis.spans ?? {}).replaceAll(`-${process.pid}`, '');
  console.log(`spans: ${spans}`);
  // The test reads the metrics, and ends the process.
  setInterval(() => {}, 60_000);
};
