/**
 * Instruments for application code, by domain. They use nothing but the OpenTelemetry API: without a
 * meter provider they cost next to nothing and record nothing.
 */
export { type Alert, type AlertOptions, alert } from './alert.ts';
export { type Alias, aliases, type Names } from './aliases.ts';
export { type Auth, type AuthAttemptOptions, auth } from './auth.ts';
export {
  type Cache,
  type CacheLookup,
  type CacheOptions,
  type CacheStore,
  type CacheStoreOptions,
  cache,
} from './cache.ts';
export {
  type Database,
  type DatabaseClientOptions,
  type DatabaseOperation,
  type DatabaseOperationOptions,
  type DatabasePoolOptions,
  type DatabaseState,
  database,
} from './database.ts';
export { type ErrorOptions, type Errors, errors, type Severity } from './errors.ts';
export { type Job, type JobExecution, type JobExecutionOptions, job } from './job.ts';
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
} from './llm.ts';
export {
  type BullQueueLike,
  type BullWorkerLike,
  type Queue,
  type QueueDepthOptions,
  type QueueOptions,
  type QueueProcessingOptions,
  type QueueSendingOptions,
  queue,
} from './queue.ts';
export {
  type RateLimit,
  type RateLimitDecision,
  type RateLimiter,
  type RateLimitOptions,
  rateLimit,
} from './rate-limit.ts';
export { type Session, type SessionManagerOptions, type SessionOptions, session } from './session.ts';
export type { Status } from './state-set.ts';
export type { Measured, Returned, Timed } from './timed.ts';
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
} from './websocket.ts';
export {
  type Workflow,
  type WorkflowDefinitionsOptions,
  type WorkflowRun,
  type WorkflowRunOptions,
  type WorkflowStep,
  type WorkflowStepOptions,
  workflow,
} from './workflow.ts';
