import { hookedPackage } from '../hooked-package.ts';
import { onDemand } from '../on-demand.ts';

/*
 * The sources of RPC. What they do with a library is in the file of its name, which is loaded with the library.
 */

const code = onDemand<typeof import('./hooks.ts')>('app/sources/rpc/hooks');

export const grpc = hookedPackage({
  name: 'grpc',
  watched: ['@grpc/grpc-js'],
  hook: (loaded) => code().hookGrpc(loaded),
});

export const awsSdk = hookedPackage({
  name: 'aws-sdk',
  // The class is in the second from @smithy/core 3.24 on. Some of those versions have both, with one class.
  watched: ['@smithy/smithy-client', '@smithy/core/dist-cjs/submodules/client/index.js'],
  hook: (loaded) => code().hookAwsSdk(loaded),
});
