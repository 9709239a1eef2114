const { work } = require('./work.cjs');

work({
  pg: [require('pg')],
  mysql2: [require('mysql2')],
  mongodb: [require('mongodb')],
  redis: [require('redis')],
  ioredis: [require('ioredis')],
  sqlite: [require('better-sqlite3')],
  sockets: [require('socket.io'), require('socket.io-client')],
  ws: [require('ws')],
});
