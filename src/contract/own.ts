import { BRIDGE_CONTRACT } from '../bridge/metrics.ts';
import { FORWARDING_CONTRACT } from '../forward/metrics.ts';
import { CONTAINER_METRICS } from '../host/container-metrics.ts';
import { PROCESS_METRICS } from '../host/process-metrics.ts';
import { SYSTEM_METRICS } from '../host/system-metrics.ts';
import { SELF_CONTRACT } from '../hub/self-metrics.ts';
import { alertMetrics } from '../instruments/alert.ts';
import { authMetrics } from '../instruments/auth.ts';
import { cacheMetrics } from '../instruments/cache.ts';
import { databaseMetrics } from '../instruments/database-metrics.ts';
import { errorMetrics } from '../instruments/errors.ts';
import { jobMetrics } from '../instruments/job.ts';
import { genAiMetrics, llmMetrics } from '../instruments/llm-metrics.ts';
import { messagingMetrics, queueMetrics } from '../instruments/queue-metrics.ts';
import { rateLimitMetrics } from '../instruments/rate-limit.ts';
import { sessionMetrics } from '../instruments/session.ts';
import { websocketMetrics } from '../instruments/websocket-metrics.ts';
import { workflowMetrics } from '../instruments/workflow-metrics.ts';
import { sourceMetrics } from '../observe/metrics.ts';
import { PROCESSES_CONTRACT } from '../processes/metrics.ts';
import { type Contract, contractOf, describeMetrics } from './contract.ts';
import { HTTP_CONTRACT } from './http.ts';
import { RUNTIME_NODE_CONTRACT } from './runtime-node.ts';

const HOST = 'Automatic (`host-metrics`). A number that a system does not have is not there.';

const DEFINED = [
  websocketMetrics,
  sessionMetrics,
  authMetrics,
  rateLimitMetrics,
  errorMetrics,
  databaseMetrics,
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

/** What pitot itself records, automatically or by its instruments: each contract is a section of the reference. */
export const OWN_CONTRACTS: readonly Contract[] = [
  HTTP_CONTRACT,
  RUNTIME_NODE_CONTRACT,
  describeMetrics('', PROCESS_METRICS, { title: 'The process', introduction: HOST }),
  describeMetrics('', CONTAINER_METRICS, { title: 'The container', introduction: HOST }),
  describeMetrics('', SYSTEM_METRICS, { title: 'The machine', introduction: HOST }),
  ...DEFINED.map(contractOf).filter((contract) => contract !== undefined),
  BRIDGE_CONTRACT,
  SELF_CONTRACT,
  FORWARDING_CONTRACT,
  PROCESSES_CONTRACT,
];
