import { boot } from 'pitot';

/** Operations by their names, which clients choose: no other name becomes a label. */
const KNOWN = new Set(['Users', 'AddUser']);
const attributes = new WeakMap();

boot({
  httpAttributes: {
    names: ['graphql.operation.type', 'graphql.operation.name'],
    read: (request) => attributes.get(request) ?? {},
  },
});

/** Notes which operation a request asks for. */
export function noteOperation(request, { operation, name }) {
  attributes.set(request, {
    'graphql.operation.type': operation,
    'graphql.operation.name': name === undefined || KNOWN.has(name.value) ? name?.value : '_OTHER',
  });
}

export const typeDefs = 'type Query { users: [String] } type Mutation { add(name: String): String }';
export const resolvers = { Query: { users: () => [] }, Mutation: { add: (_, { name }) => name } };
