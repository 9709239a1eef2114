import { createServer } from 'node:http';
import { noteOperation, resolvers, typeDefs } from './graphql-operations.mjs';

const { getOperationAST } = await import('graphql');
const { createSchema, createYoga } = await import('graphql-yoga');

const operations = {
  onExecute({ args: { document, operationName, contextValue } }) {
    const operation = getOperationAST(document, operationName);
    if (operation) noteOperation(contextValue.req, operation);
  },
};
const schema = createSchema({ typeDefs, resolvers });
const server = createServer(createYoga({ schema, plugins: [operations], logging: false }));
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
