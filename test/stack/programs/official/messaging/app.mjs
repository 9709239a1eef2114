import amqplib from 'amqplib';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { work } from './work.cjs';

work({ amqplib, kafkajs: { Kafka, logLevel, Partitioners } });
