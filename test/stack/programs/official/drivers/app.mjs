import Database from 'better-sqlite3';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import mysql2 from 'mysql2';
import pg from 'pg';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { WebSocket, WebSocketServer } from 'ws';
import { work } from './work.cjs';

work({
  pg: [pg],
  mysql2: [mysql2],
  mongodb: [{ MongoClient }],
  redis: [{ createClient }],
  ioredis: [{ Redis }],
  sqlite: [Database],
  sockets: [{ Server }, { io }],
  ws: [{ WebSocket, WebSocketServer }],
});
