/**
 * Instruments for application code, by domain. They use nothing but the OpenTelemetry API: without a
 * meter provider they cost next to nothing and record nothing.
 */
export {
  type Database,
  type DatabaseOperation,
  type DatabaseOperationOptions,
  database,
} from './database.ts';
export type { Measured, Returned, Timed } from './timed.ts';
export {
  type MessageType,
  type WebSocketConnection,
  type WebSocketInstruments,
  type WebSocketOptions,
  type WebSocketServerLike,
  websocket,
} from './websocket.ts';
export { type Workflow, type WorkflowRun, type WorkflowRunOptions, workflow } from './workflow.ts';
