import { RUNTIME } from './runtime-section.ts';
import type { ChartSpec, SectionSpec } from './section-specs.ts';

/** The metric of the head and of the service's state. */
export const REQUESTS = 'http.server.request.duration';

const REQUEST_SIZES = 'http.server.request.body.size';
const RESPONSE_SIZES = 'http.server.response.body.size';

const STATISTICS = ['p50', 'p95', 'p99', 'mean'] as const;

function latency(id: string, metric: string, title = 'Latency'): ChartSpec {
  return { id, title, measure: 's', lines: STATISTICS.map((of) => ({ label: of, metric, of })) };
}

/** The sections from top to bottom. Add an entry to add a section. */
export const SECTIONS: readonly SectionSpec[] = [
  {
    id: 'http',
    title: 'Requests',
    charts: [
      {
        id: 'http-rate',
        title: 'Requests',
        measure: '/s',
        lines: [{ label: 'requests', metric: REQUESTS, of: 'rate' }],
      },
      {
        id: 'http-errors',
        title: 'Errors',
        measure: 'ratio',
        lines: [
          { label: 'failed', metric: REQUESTS, of: 'failed' },
          { label: '4xx', metric: REQUESTS, of: 'clientErrors' },
        ],
      },
      latency('http-latency', REQUESTS),
    ],
    table: {
      metric: REQUESTS,
      keys: [
        ['http.request.method', 'Method'],
        ['http.route', 'Route'],
      ],
      hasClientErrors: true,
      charts: [
        {
          id: 'route-rate',
          title: 'Requests by status code',
          measure: '/s',
          lines: [{ label: '', metric: REQUESTS, of: 'rate', by: 'http.response.status_code' }],
        },
        {
          id: 'route-errors',
          title: 'Errors',
          measure: 'ratio',
          lines: [
            { label: 'failed', metric: REQUESTS, of: 'failed' },
            { label: '4xx', metric: REQUESTS, of: 'clientErrors' },
          ],
        },
        latency('route-latency', REQUESTS),
        {
          id: 'route-sizes',
          title: 'Body sizes',
          measure: 'By',
          lines: [
            { label: 'request mean', metric: REQUEST_SIZES, of: 'mean' },
            { label: 'response mean', metric: RESPONSE_SIZES, of: 'mean' },
            { label: 'response p95', metric: RESPONSE_SIZES, of: 'p95' },
          ],
        },
      ],
      beside: [REQUEST_SIZES, RESPONSE_SIZES],
    },
  },
  {
    id: 'http-client',
    title: 'Outgoing requests',
    charts: [
      {
        id: 'http-client-rate',
        title: 'Requests',
        measure: '/s',
        lines: [{ label: '', metric: 'http.client.request.duration', of: 'rate', by: 'server.address' }],
      },
      latency('http-client-latency', 'http.client.request.duration'),
    ],
    table: {
      metric: 'http.client.request.duration',
      keys: [
        ['http.request.method', 'Method'],
        ['server.address', 'Host'],
        ['server.port', 'Port'],
      ],
    },
  },
  {
    id: 'websocket',
    title: 'WebSocket',
    charts: [
      {
        id: 'websocket-active',
        title: 'Open connections',
        measure: 'count',
        lines: [{ label: 'open', metric: 'websocket.server.connection.active', of: 'sum' }],
      },
      {
        id: 'websocket-attempts',
        title: 'Handshakes',
        measure: '/s',
        lines: [
          { label: '', metric: 'websocket.server.connection.attempts', of: 'rate', by: 'websocket.outcome' },
        ],
      },
      {
        id: 'websocket-messages',
        title: 'Messages',
        measure: '/s',
        lines: [{ label: '', metric: 'websocket.server.messages', of: 'rate', by: 'websocket.io.direction' }],
      },
      {
        id: 'websocket-io',
        title: 'Payload',
        measure: 'By/s',
        lines: [{ label: '', metric: 'websocket.server.io', of: 'rate', by: 'websocket.io.direction' }],
      },
    ],
    table: {
      metric: 'websocket.server.process.duration',
      keys: [
        ['http.route', 'Route'],
        ['websocket.message.type', 'Type'],
        ['websocket.message.name', 'Message'],
      ],
    },
  },
  {
    id: 'database',
    title: 'Database',
    charts: [
      {
        id: 'database-rate',
        title: 'Operations',
        measure: '/s',
        lines: [{ label: '', metric: 'db.client.operation.duration', of: 'rate', by: 'db.operation.name' }],
      },
      latency('database-latency', 'db.client.operation.duration'),
      {
        id: 'database-pool',
        title: 'Pool connections',
        measure: 'count',
        lines: [
          { label: '', metric: 'db.client.connection.count', of: 'sum', by: 'db.client.connection.state' },
          { label: 'pending', metric: 'db.client.connection.pending_requests', of: 'sum' },
          { label: 'limit', metric: 'db.client.connection.limit', of: 'sum', isLimit: true },
        ],
      },
    ],
    table: {
      metric: 'db.client.operation.duration',
      keys: [
        ['db.system.name', 'System'],
        ['db.operation.name', 'Operation'],
        ['db.collection.name', 'Collection'],
      ],
      hasPast: true,
    },
  },
  {
    id: 'workflow',
    title: 'Workflows',
    charts: [
      {
        id: 'workflow-finished',
        title: 'Runs finished',
        measure: '/s',
        lines: [{ label: '', metric: 'workflow.run.finished', of: 'rate', by: 'workflow.outcome' }],
      },
      {
        id: 'workflow-active',
        title: 'Runs under way',
        measure: 'count',
        lines: [{ label: 'active', metric: 'workflow.run.active', of: 'sum' }],
      },
      latency('workflow-latency', 'workflow.run.duration', 'Duration'),
    ],
    table: { metric: 'workflow.run.duration', keys: [['workflow.name', 'Workflow']] },
  },
  {
    id: 'llm',
    title: 'Language models',
    charts: [
      {
        id: 'llm-tokens',
        title: 'Tokens',
        measure: '/s',
        lines: [{ label: '', metric: 'gen_ai.client.token.usage', of: 'time', by: 'gen_ai.token.type' }],
      },
      latency('llm-latency', 'gen_ai.client.operation.duration'),
      latency('llm-first-chunk', 'gen_ai.client.operation.time_to_first_chunk', 'Time to the first chunk'),
    ],
    table: {
      metric: 'gen_ai.client.operation.duration',
      keys: [
        ['gen_ai.operation.name', 'Operation'],
        ['gen_ai.provider.name', 'Provider'],
        ['gen_ai.request.model', 'Model'],
      ],
    },
  },
  {
    id: 'queue',
    title: 'Queues',
    charts: [
      {
        id: 'queue-depth',
        title: 'Messages waiting',
        measure: 'count',
        lines: [{ label: '', metric: 'queue.depth', of: 'sum', by: 'messaging.destination.name' }],
      },
      {
        id: 'queue-rate',
        title: 'Sent and processed',
        measure: '/s',
        lines: [
          { label: 'sent', metric: 'messaging.client.sent.messages', of: 'rate' },
          { label: 'processed', metric: 'messaging.process.duration', of: 'rate' },
        ],
      },
      latency('queue-wait', 'queue.wait.duration', 'Time in the queue'),
    ],
    table: {
      metric: 'messaging.process.duration',
      keys: [
        ['messaging.system.name', 'System'],
        ['messaging.destination.name', 'Queue'],
        ['messaging.operation.name', 'Operation'],
      ],
    },
  },
  {
    id: 'jobs',
    title: 'Jobs',
    charts: [
      {
        id: 'jobs-rate',
        title: 'Executions',
        measure: '/s',
        lines: [{ label: '', metric: 'job.executions', of: 'rate', by: 'job.outcome' }],
      },
      latency('jobs-latency', 'job.execution.duration', 'Duration'),
    ],
    table: { metric: 'job.execution.duration', keys: [['job.name', 'Job']] },
  },
  {
    id: 'caches',
    title: 'Caches',
    charts: [
      {
        id: 'caches-rate',
        title: 'Look-ups',
        measure: '/s',
        lines: [{ label: '', metric: 'cache.lookups', of: 'rate', by: 'cache.outcome' }],
      },
    ],
    table: {
      metric: 'cache.lookup.duration',
      keys: [
        ['cache.name', 'Cache'],
        ['cache.outcome', 'Outcome'],
      ],
    },
  },
  RUNTIME,
];
