import { noteOperation, resolvers, typeDefs } from './graphql-operations.mjs';

const { ApolloServer } = await import('@apollo/server');
const { startStandaloneServer } = await import('@apollo/server/standalone');

const operations = {
  requestDidStart: async () => ({
    async didResolveOperation({ contextValue, operation }) {
      noteOperation(contextValue.incoming, operation);
    },
  }),
};
const { url } = await startStandaloneServer(
  new ApolloServer({ typeDefs, resolvers, plugins: [operations] }),
  {
    listen: { port: 0 },
    context: async ({ req }) => ({ incoming: req }),
  },
);
console.log(`listening on ${new URL(url).port}`);
