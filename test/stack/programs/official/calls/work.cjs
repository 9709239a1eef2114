// Ten calls or operations of each kind, against servers in this process.
const { once } = require('node:events');
const { createServer } = require('node:http');

const COUNT = 10;
const HOST = '127.0.0.1';

const times = async (work) => {
  for (let i = 0; i < COUNT; i++) await work(i);
};

/** DynamoDB and S3, as far as the calls below need them. */
async function startAws() {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const isDynamodb = request.headers['x-amz-target'] !== undefined;
      response.writeHead(200, { 'content-type': isDynamodb ? 'application/x-amz-json-1.0' : 'text/plain' });
      response.end(isDynamodb ? '{}' : 'an object');
    });
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return server;
}

const identity = (bytes) => bytes;
const method = (name, responseStream) => ({
  path: `/shop.Orders/${name}`,
  requestStream: false,
  responseStream,
  ...{ requestSerialize: identity, requestDeserialize: identity },
  ...{ responseSerialize: identity, responseDeserialize: identity },
});

const SDL = 'type Query { hello: String }';
const resolvers = { Query: { hello: () => 'hello' } };

const WORK = {
  async grpc({ Server, ServerCredentials, credentials, makeGenericClientConstructor }) {
    const service = { get: method('Get', false), list: method('List', true), fail: method('Fail', false) };
    const server = new Server();
    server.addService(service, {
      get: ({ request }, callback) => callback(null, request),
      list(call) {
        call.write(call.request);
        call.end();
      },
      fail: (_, callback) => callback({ code: 5 }),
    });
    const port = await new Promise((resolve, reject) => {
      server.bindAsync(`${HOST}:0`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    const Orders = makeGenericClientConstructor(service, 'Orders');
    const client = new Orders(`${HOST}:${port}`, credentials.createInsecure());
    const body = Buffer.from('a');
    await times(() => new Promise((resolve) => client.get(body, resolve)));
    await times(() => new Promise((resolve) => client.fail(body, resolve)));
    await times(() => once(client.list(body).resume(), 'status'));
    client.close();
    server.forceShutdown();
  },
  async aws(dynamodb, documents, s3, presigner) {
    const server = await startAws();
    const options = {
      region: 'eu-west-1',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
      endpoint: `http://${HOST}:${server.address().port}`,
    };
    const client = new dynamodb.DynamoDBClient(options);
    await times(() => client.send(new dynamodb.ListTablesCommand({})));
    const document = documents.DynamoDBDocumentClient.from(client);
    await times((id) => document.send(new documents.GetCommand({ TableName: 'users', Key: { id } })));
    const objects = new s3.S3Client({ ...options, forcePathStyle: true });
    await times(async (i) => {
      const command = new s3.GetObjectCommand({ Bucket: `tenant-${i}`, Key: 'object' });
      await presigner.getSignedUrl(objects, command);
      const { Body } = await objects.send(new s3.GetObjectCommand(command.input));
      await Body.transformToString();
    });
    for (const one of [client, objects]) one.destroy();
    server.close();
    server.closeAllConnections();
  },
  async graphql({ buildSchema, graphql }) {
    const schema = buildSchema(SDL);
    await times(() => graphql({ schema, source: 'query Plain { hello }', rootValue: { hello: 'hello' } }));
  },
  async apollo({ ApolloServer }) {
    const server = new ApolloServer({ typeDefs: SDL, resolvers });
    await server.start();
    await times(() => server.executeOperation({ query: 'query Apollo { hello }' }));
    await server.stop();
  },
  async yoga({ createSchema, createYoga }, { execute, subscribe }) {
    const yoga = createYoga({
      schema: createSchema({ typeDefs: SDL, resolvers }),
      plugins: [
        {
          onExecute: ({ setExecuteFn }) => setExecuteFn(execute),
          onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe),
        },
      ],
    });
    const body = JSON.stringify({ query: 'query Yoga { hello }' });
    const headers = { 'content-type': 'application/json' };
    await times(async () => {
      const response = await yoga.fetch('http://yoga/graphql', { method: 'POST', headers, body });
      await response.text();
    });
  },
};

exports.work = async (libraries) => {
  for (const [name, args] of Object.entries(libraries)) await WORK[name](...args);
  console.log(`spans: ${JSON.stringify(globalThis.spans ?? {})}`);
  // The test reads the metrics, and ends the process.
  setInterval(() => {}, 60_000);
};
