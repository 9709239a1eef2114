/** Why metrics differ from the registry. The first entry that fits counts. */
interface Reason {
  /** How the names of the metrics begin. */
  readonly metrics: string;
  /** The attribute or name that differs. */
  readonly differs: string;
  readonly reason: string;
}

export const REASONS: readonly Reason[] = [
  {
    metrics: 'http.',
    differs: 'network.protocol.name',
    reason: 'The condition, a protocol other than `http`, never holds.',
  },
  {
    metrics: 'http.client.',
    differs: 'server.port',
    reason: 'A Unix domain socket has no port.',
  },
  {
    metrics: 'http.client.',
    differs: 'url.template',
    reason: 'The condition, a known template, never holds: HTTP clients of Node.js are given URLs.',
  },
  {
    metrics: 'http.client.',
    differs: 'network.protocol.version',
    reason: 'Not measured of connections. The durations of requests have it.',
  },
  {
    metrics: 'system.paging.usage',
    differs: 'system.device.name',
    reason: '`/proc/meminfo` has the sum over all swap devices.',
  },
  {
    metrics: 'db.client.',
    differs: 'db.query.summary',
    reason: '`db.operation.name` and `db.collection.name` say the same with fewer series.',
  },
  {
    metrics: 'db.client.',
    differs: 'db.stored_procedure.name',
    reason: 'pitot reads the kind of a statement and its table, and no more of its text.',
  },
  {
    metrics: 'db.client.',
    differs: 'network.peer.address',
    reason:
      'The address of a node changes with every failover, and makes new series. `server.address` stays.',
  },
  { metrics: 'db.client.', differs: 'network.peer.port', reason: 'It belongs to `network.peer.address`.' },
  {
    metrics: 'messaging.client.operation.duration',
    differs: 'messaging.consumer.group.name',
    reason: 'pitot times sending, connecting and `get()` of RabbitMQ, which belong to no consumer.',
  },
  {
    metrics: 'messaging.client.operation.duration',
    differs: 'messaging.destination.subscription.name',
    reason: 'pitot times sending, connecting and `get()` of RabbitMQ, which belong to no consumer.',
  },
  {
    metrics: 'messaging.',
    differs: 'messaging.destination.partition.id',
    reason: 'One more series for each partition and bucket.',
  },
  {
    metrics: 'messaging.client.consumed.messages',
    differs: 'error.type',
    reason: 'Only messages that arrived count. `messaging.process.duration` has the failures.',
  },
];

/** Why a metric has a name that the registry does not have, by how the name begins. */
export const OWN_REASONS: readonly { readonly prefix: string; readonly reason: string }[] = [
  {
    prefix: 'process.unix.file_descriptor.limit',
    reason: 'The limit to `process.unix.file_descriptor.count`, which tells whether that number is high.',
  },
  {
    prefix: 'process_heap_bytes',
    reason: 'A default metric of prom-client, under its name, and only with `PITOT_DEFAULT_METRICS`.',
  },
  {
    prefix: 'nodejs_',
    reason: 'Default metrics of prom-client, under their names, and only with `PITOT_DEFAULT_METRICS`.',
  },
  {
    prefix: 'process.start_time',
    reason:
      "`process_start_time_seconds` is in Prometheus' guidelines for client libraries, and a Collector's receiver can " +
      'use it as the start of counters.',
  },
  { prefix: 'container.cpu.utilization', reason: 'As `process.cpu.utilization`, against the CPU limit.' },
  {
    prefix: 'container.cpu.',
    reason: 'The limit and the throttling of the control group, named as their relatives are.',
  },
  {
    prefix: 'container.memory.',
    reason: 'As `system.memory.limit` and `.utilization`, of the control group.',
  },
  {
    prefix: 'system.linux.cpu.load_',
    reason: "Load averages, named and counted as the JVM's `jvm.system.cpu.load_1m`.",
  },
  {
    prefix: 'system.darwin.cpu.load_',
    reason: "Load averages, named and counted as the JVM's `jvm.system.cpu.load_1m`.",
  },
  {
    prefix: 'nodejs.eventloop.stall',
    reason: 'A stall is an event loop that does not turn. Delays cannot tell of it while it lasts.',
  },
  {
    prefix: 'db.client.status',
    reason: 'The state of one client that keeps its connection. Pools have `db.client.connection.count`.',
  },
  {
    prefix: 'gen_ai.',
    reason:
      'Names, kinds and units are those of 1.41.0, the last version that had them. The new repository is not compared.',
  },
  { prefix: 'session.', reason: 'The registry has attributes of a session, and no metrics.' },
  { prefix: 'websocket.', reason: 'Built on the attributes of `http.server.*`.' },
  { prefix: 'auth.', reason: "pitot's instruments." },
  { prefix: 'rate_limit.', reason: "pitot's instruments." },
  { prefix: 'application.errors', reason: "pitot's instruments." },
  { prefix: 'cache.', reason: "pitot's instruments." },
  { prefix: 'queue.', reason: 'Depth and waiting; `messaging.*` has no metrics of them.' },
  { prefix: 'job.', reason: "pitot's instruments." },
  { prefix: 'workflow.', reason: "pitot's instruments. Kinds and outcomes follow `cicd.pipeline.run.*`." },
  { prefix: 'llm.', reason: 'Outcomes and running operations; `gen_ai.*` has no metrics of them.' },
  { prefix: 'alert.', reason: "pitot's instruments." },
];
