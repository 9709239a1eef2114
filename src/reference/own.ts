import { alertMetrics } from '../app/instruments/alert.ts';
import { authMetrics } from '../app/instruments/auth.ts';
import { cacheMetrics } from '../app/instruments/cache.ts';
import { databaseMetrics } from '../app/instruments/database-metrics.ts';
import { errorMetrics } from '../app/instruments/errors.ts';
import { jobMetrics } from '../app/instruments/job.ts';
import { genAiMetrics, llmMetrics } from '../app/instruments/llm-metrics.ts';
import { messagingMetrics, queueMetrics } from '../app/instruments/queue-metrics.ts';
import { rateLimitMetrics } from '../app/instruments/rate-limit.ts';
import { sessionMetrics } from '../app/instruments/session.ts';
import { websocketMetrics } from '../app/instruments/websocket-metrics.ts';
import { workflowMetrics } from '../app/instruments/workflow-metrics.ts';
import { sourceMetrics } from '../app/observe/metrics.ts';
import { PROM_CLIENT_CONTRACT } from '../app/prom-client/client/metrics.ts';
import { BRIDGE_CONTRACT } from '../app/prom-client/metrics.ts';
import { graphqlMetrics } from '../app/sources/graphql/graphql-metrics.ts';
import { rpcMetrics } from '../app/sources/rpc/rpc-metrics.ts';
import { type Contract, contractOf, describeMetrics } from '../contract/contract.ts';
import { HTTP_CONTRACT } from '../contract/http.ts';
import { PROM_CLIENT_ONLY_CONTRACT } from '../contract/prom-client-defaults.ts';
import { RECORDING_CONTRACT } from '../contract/recording.ts';
import { RUNTIME_NODE_CONTRACT } from '../contract/runtime-node.ts';
import { FORWARDING_CONTRACT } from '../hub/forward/metrics.ts';
import { INTERNAL_CONTRACT } from '../hub/internal-metrics-contract.ts';
import { PROCESSES_CONTRACT } from '../hub/processes/metrics.ts';
import { CONTAINER_METRICS } from '../hub/system/container-metrics.ts';
import { PROCESS_METRICS } from '../hub/system/process-metrics.ts';
import { SYSTEM_METRICS } from '../hub/system/system-metrics.ts';

const HOST = 'Automatic (`host-metrics`). A number that a system does not have is not there.';

const DEFINED = [
  websocketMetrics,
  sessionMetrics,
  authMetrics,
  rateLimitMetrics,
  errorMetrics,
  databaseMetrics,
  rpcMetrics,
  graphqlMetrics,
  cacheMetrics,
  messagingMetrics,
  queueMetrics,
  jobMetrics,
  workflowMetrics,
  genAiMetrics,
  llmMetrics,
  alertMetrics,
  sourceMetrics,
];

/** The contracts of the metrics that pitot itself records. Each is a section of the reference. */
export const OWN_CONTRACTS: readonly Contract[] = [
  HTTP_CONTRACT,
  RUNTIME_NODE_CONTRACT,
  describeMetrics('', PROCESS_METRICS, { title: 'The process', introduction: HOST }),
  describeMetrics('', CONTAINER_METRICS, { title: 'The container', introduction: HOST }),
  describeMetrics('', SYSTEM_METRICS, { title: 'The machine', introduction: HOST }),
  PROM_CLIENT_ONLY_CONTRACT,
  ...DEFINED.map(contractOf).filter((contract) => contract !== undefined),
  BRIDGE_CONTRACT,
  PROM_CLIENT_CONTRACT,
  RECORDING_CONTRACT,
  INTERNAL_CONTRACT,
  FORWARDING_CONTRACT,
  PROCESSES_CONTRACT,
];
