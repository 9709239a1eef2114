/**
 * Instruments for application code, by domain. They use nothing but the OpenTelemetry API: without a
 * meter provider they cost next to nothing and record nothing.
 */
export { type Alert, type AlertOptions, alert } from './app/instruments/alert.ts';
export { type Alias, aliases, type Names } from './app/instruments/aliases.ts';
export { type Auth, type AuthAttemptOptions, auth } from './app/instruments/auth.ts';
export {
  type Cache,
  type CacheLookup,
  type CacheOptions,
  type CacheStore,
  type CacheStoreOptions,
  cache,
} from './app/instruments/cache.ts';
export {
  type Database,
  type DatabaseClientOptions,
  type DatabaseOperation,
  type DatabaseOperationOptions,
  type DatabasePoolOptions,
  type DatabaseState,
  database,
  type PoolNumbers,
} from './app/instruments/database.ts';
export { type ErrorOptions, type Errors, errors, type Severity } from './app/instruments/errors.ts';
export { type Job, type JobExecution, type JobExecutionOptions, job } from './app/instruments/job.ts';
export {
  type Llm,
  type LlmFetchOptions,
  type LlmOperation,
  type LlmOperationOptions,
  type LlmSource,
  type LlmStreamOptions,
  llm,
  type OpenAiLike,
  type OpenAiOptions,
  type TokenUsage,
} from './app/instruments/llm.ts';
export {
  type BullQueueLike,
  type BullWorkerLike,
  type Queue,
  type QueueDepthOptions,
  type QueueOptions,
  type QueueProcessingOptions,
  type QueueSendingOptions,
  queue,
} from './app/instruments/queue.ts';
export {
  type RateLimit,
  type RateLimitDecision,
  type RateLimiter,
  type RateLimitOptions,
  rateLimit,
} from './app/instruments/rate-limit.ts';
export {
  type Session,
  type SessionManagerOptions,
  type SessionOptions,
  session,
} from './app/instruments/session.ts';
export type { Status } from './app/instruments/state-set.ts';
export type { Measured, Returned, Timed } from './app/instruments/timed.ts';
export {
  type MessageType,
  type SocketIoServerLike,
  type WebSocketConnection,
  type WebSocketConnectionOptions,
  type WebSocketInstruments,
  type WebSocketMessageOptions,
  type WebSocketOptions,
  type WebSocketServerLike,
  websocket,
} from './app/instruments/websocket.ts';
export {
  type Workflow,
  type WorkflowDefinitionsOptions,
  type WorkflowRun,
  type WorkflowRunOptions,
  type WorkflowStep,
  type WorkflowStepOptions,
  workflow,
} from './app/instruments/workflow.ts';
export type { Observation } from './app/observe/observation.ts';
