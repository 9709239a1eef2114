const { work } = require('./work.cjs');

work({ amqplib: require('amqplib'), kafkajs: require('kafkajs') });
