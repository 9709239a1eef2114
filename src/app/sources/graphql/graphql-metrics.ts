import { INSTRUMENTS_SCOPE } from '../../../base/pitot-scope.ts';
import { defineMetrics } from '../../define/define.ts';

/** The registry has attributes of GraphQL, and no metrics. */
export const graphqlMetrics = defineMetrics(
  'pitot.graphql',
  {
    'operation.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of the execution of GraphQL operations.',
      attributes: {
        'graphql.operation.type': {
          type: 'string',
          optional: true,
          known: ['query', 'mutation', 'subscription'],
          description: 'Absent if the request names no operation of its document.',
        },
        'graphql.operation.name': {
          type: 'string',
          optional: true,
          description: 'Of an operation that has one; `_OTHER` after 200 names.',
        },
        'error.type': {
          type: 'string',
          optional: true,
          description:
            'Of a result with errors: the code of the first one, or the class of what a resolver threw.',
        },
      },
      // Those of HTTP and of RPC.
      boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'GraphQL',
    introduction: 'Automatic (`graphql`).',
  },
);
