import { undoAll } from '../../patching/replace-method.ts';
import { followChannel } from '../channel.ts';
import { hookedPackage } from '../hooked-package.ts';
import { onDemand } from '../on-demand.ts';
import type { Source } from '../source.ts';

/** The code that measures GraphQL.js: a file of its own in the build. It loads with GraphQL.js. */
const code = onDemand<typeof import('./graphql.ts')>('app/sources/graphql/graphql');

export const graphql: Source = {
  name: 'graphql',
  packages: [],
  start(meterProvider) {
    return undoAll([
      functions.start(meterProvider),
      ...['graphql:execute', 'graphql:subscribe'].map((channel) =>
        followChannel(channel, () => code().graphqlSubscribers(channel)),
      ),
    ]);
  },
};

/** The other files of version 16 call its functions by the exports of these two. */
const functions = hookedPackage({
  name: 'graphql',
  watched: ['graphql/execution/execute.js', 'graphql/execution/subscribe.js'],
  hook: (loaded) => code().hookGraphql(loaded),
});
