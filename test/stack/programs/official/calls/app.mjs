import { ApolloServer } from '@apollo/server';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { credentials, makeGenericClientConstructor, Server, ServerCredentials } from '@grpc/grpc-js';
import { buildSchema, execute, graphql, subscribe } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';
import { work } from './work.cjs';

work({
  grpc: [{ Server, ServerCredentials, credentials, makeGenericClientConstructor }],
  aws: [
    { DynamoDBClient, ListTablesCommand },
    { DynamoDBDocumentClient, GetCommand },
    { GetObjectCommand, S3Client },
    { getSignedUrl },
  ],
  graphql: [{ buildSchema, graphql }],
  apollo: [{ ApolloServer }],
  yoga: [
    { createSchema, createYoga },
    { execute, subscribe },
  ],
});
