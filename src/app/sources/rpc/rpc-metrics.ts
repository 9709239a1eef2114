import { INSTRUMENTS_SCOPE } from '../../../base/pitot-scope.ts';
import { defineMetrics } from '../../define/define.ts';

/** Bounds of the buckets, in seconds. (Semantic conventions, "Semantic conventions for RPC metrics") */
const CALL_DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const CALL = {
  'rpc.system.name': {
    type: 'string',
    known: ['grpc', 'aws-api'],
    description: 'The system that makes the call.',
  },
  'rpc.method': {
    type: 'string',
    description: 'The method with its service; `_OTHER` for one that the server does not have.',
  },
  'rpc.status_code': {
    type: 'string',
    optional: true,
    description: "gRPC's code by name; of AWS the code of the error that the service replied with.",
  },
  'error.type': {
    type: 'string',
    optional: true,
    description: "Of a failure: the status code, or the error's code or class.",
  },
} as const;

/** By the semantic conventions for RPC metrics (docs/rpc/rpc-metrics.md). */
export const rpcMetrics = defineMetrics(
  'rpc',
  {
    'server.call.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Measures the duration of an incoming Remote Procedure Call (RPC).',
      attributes: CALL,
      boundaries: CALL_DURATIONS,
    },
    'client.call.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Measures the duration of an outgoing Remote Procedure Call (RPC).',
      attributes: {
        ...CALL,
        'server.address': {
          type: 'string',
          optional: true,
          description: 'The host of the server, or the path of its socket.',
        },
        'server.port': { type: 'number', optional: true, description: 'Its port.' },
      },
      boundaries: CALL_DURATIONS,
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Remote procedure calls',
    introduction: 'Automatic (`grpc`, `aws-sdk`).',
  },
);
