import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grpcTarget } from '../../../../src/app/sources/rpc/grpc-target.ts';

// The examples of the conventions, with the schemes that grpc-js adds.
for (const [target, address, port] of [
  ['dns:grpc.io:50051', 'grpc.io', 50051],
  ['dns:grpc.io', 'grpc.io', undefined],
  ['dns:///grpc.io:50051', 'grpc.io', 50051],
  ['dns://192.0.2.1/grpc.io:50051', 'grpc.io', 50051],
  ['unix:///run/containerd/containerd.sock', '/run/containerd/containerd.sock', undefined],
  ['unix:shop.sock', 'shop.sock', undefined],
  ['zk://zookeeper:2181/my-server', 'zk://zookeeper:2181/my-server', undefined],
  [
    'ipv4:198.51.100.123:50051,198.51.100.124:50051',
    'ipv4:198.51.100.123:50051,198.51.100.124:50051',
    undefined,
  ],
  ['ipv4:198.51.100.123:50051', '198.51.100.123', 50051],
  ['ipv6:[2001:db8::1]:50051', '2001:db8::1', 50051],
  ['dns:[::1]:50051', '::1', 50051],
  ['xds:///orders', 'xds:///orders', undefined],
] as const) {
  test(`the target ${target} is the address ${address} and the port ${port ?? 'of none'}`, () => {
    assert.deepEqual(grpcTarget(target), {
      'server.address': address,
      ...(port !== undefined && { 'server.port': port }),
    });
  });
}

test('a target that is no text has no address', () => {
  assert.deepEqual(grpcTarget(undefined), {});
});
