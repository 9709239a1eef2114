// Ten operations, or messages, with each driver. The ports are in the environment.
const { once } = require('node:events');

const COUNT = 10;
const HOST = '127.0.0.1';
const { PG_PORT, MYSQL_PORT, MONGODB_PORT, REDIS_PORT } = process.env;

const times = async (work) => {
  for (let i = 0; i < COUNT; i++) await work(i);
};

const WORK = {
  async pg({ Client, Pool }) {
    const options = { host: HOST, port: Number(PG_PORT), user: 'postgres', database: 'postgres' };
    const pool = new Pool(options);
    await times(() => pool.query('SELECT 1'));
    await pool.end();
    const client = new Client(options);
    await client.connect();
    await times(() => client.query('SHOW server_version'));
    await client.end();
  },
  async mysql2({ createConnection }) {
    const connection = createConnection({ host: HOST, port: Number(MYSQL_PORT), user: 'root' });
    await times(
      () =>
        new Promise((resolve, reject) => {
          connection.query('SELECT 1', (error) => (error ? reject(error) : resolve()));
        }),
    );
    connection.end();
  },
  async mongodb({ MongoClient }) {
    const client = new MongoClient(`mongodb://${HOST}:${MONGODB_PORT}/shop`);
    await client.connect();
    await times((i) => client.db().collection('users').insertOne({ _id: i }));
    await client.close();
  },
  async redis({ createClient }) {
    const client = createClient({ socket: { host: HOST, port: Number(REDIS_PORT) } });
    await client.connect();
    await times((i) => client.set('key', String(i)));
    client.destroy();
  },
  async ioredis({ Redis }) {
    const client = new Redis({ host: HOST, port: Number(REDIS_PORT) });
    await times(() => client.get('key'));
    client.disconnect();
  },
  async sqlite(Database) {
    const db = new Database(':memory:');
    await times(() => db.exec('VACUUM'));
    db.close();
  },
  async sockets({ Server }, { io }) {
    const server = new Server(0, { path: '/chat' });
    server.on('connection', (socket) => socket.on('hello', (i, answer) => answer(i)));
    const client = io(`http://${HOST}:${server.httpServer.address().port}`, {
      path: '/chat',
      transports: ['websocket'],
    });
    await once(client, 'connect');
    await times((i) => client.emitWithAck('hello', i));
    client.close();
    await server.close();
  },
  async ws({ WebSocket, WebSocketServer }) {
    const server = new WebSocketServer({ port: 0, path: '/raw' });
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))));
    const client = new WebSocket(`ws://${HOST}:${server.address().port}/raw`);
    await once(client, 'open');
    await times(async (i) => {
      client.send(String(i));
      await once(client, 'message');
    });
    client.close();
    await once(client, 'close');
    server.close();
  },
};

exports.work = async (drivers) => {
  for (const [name, args] of Object.entries(drivers)) await WORK[name](...args);
  console.log(`spans: ${JSON.stringify(globalThis.spans ?? {})}`);
  // The test reads the metrics, and ends the process.
  setInterval(() => {}, 60_000);
};
