/** The code that measures the RPC libraries: a file of its own in the build, which `sources.ts` loads. */
export { hookAwsSdk } from './aws-sdk.ts';
export { hookGrpc } from './grpc.ts';
