import { safely } from '../../../base/safely.ts';
import {
  isMethod,
  isObject,
  type Method,
  replaceMethod,
  type Undo,
  undoAll,
} from '../../patching/replace-method.ts';
import { GrpcCalls, methodOfPath } from './grpc-calls.ts';

const WHAT = 'a call of a gRPC server';

/** grpc-js tells it of the parts of a call. A server without channelz has none. */
interface CallEventTracker {
  addMessageSent(): void;
  addMessageReceived(): void;
  onStreamEnd(success: boolean): void;
  onCallEnd(status: unknown): void;
}

/**
 * Measures the calls to all servers: those of registered methods by the function that makes them, and the others by the
 * answer that they get. A handler would not learn of deadlines, cancellations, and messages that cannot be read.
 *
 * @param module the exports of `server-interceptors.js`
 * @param Server the class of servers
 */
export function measureGrpcServers(module: unknown, Server: unknown): Undo {
  return undoAll([
    replaceMethod(module, 'getServerInterceptingCall', measuredCall),
    replaceMethod(isMethod(Server) ? Server.prototype : undefined, '_respondWithError', measuredRefusal),
  ]);
}

function measuredCall(original: Method): Method {
  return function getServerInterceptingCall(this: unknown, ...args) {
    const [, , , tracker, handler] = args;
    const calls = safely(WHAT, () => callsOf(handler));
    if (calls === undefined) return Reflect.apply(original, this, args);
    const followed = new MeasuredCall(calls, tracker as CallEventTracker | null);
    return Reflect.apply(original, this, args.with(3, followed));
  };
}

/** A call under way. Its end is the status that grpc-js sends, or CANCELLED if the stream closes before. */
class MeasuredCall implements CallEventTracker {
  private readonly calls: GrpcCalls;
  private readonly below: CallEventTracker | null;
  private readonly startedAt = performance.now();

  constructor(calls: GrpcCalls, below: CallEventTracker | null) {
    this.calls = calls;
    this.below = below;
  }

  addMessageSent(): void {
    this.below?.addMessageSent();
  }

  addMessageReceived(): void {
    this.below?.addMessageReceived();
  }

  onStreamEnd(success: boolean): void {
    this.below?.onStreamEnd(success);
  }

  onCallEnd(status: unknown): void {
    safely(WHAT, () => this.calls.end(this.startedAt, codeOf(status)));
    this.below?.onCallEnd(status);
  }
}

/** By the handler that a server keeps for a registered method. */
const known = new WeakMap<object, GrpcCalls>();
/** Methods that no server has. (Semantic conventions for RPC metrics, `rpc.method`) */
const others = new GrpcCalls('server', { 'rpc.method': '_OTHER' });

function callsOf(handler: unknown): GrpcCalls | undefined {
  if (!isObject(handler)) return undefined;
  let calls = known.get(handler);
  if (calls === undefined) {
    const path: unknown = Reflect.get(handler, 'path');
    if (typeof path !== 'string') return undefined;
    calls = new GrpcCalls('server', { 'rpc.method': methodOfPath(path) });
    known.set(handler, calls);
  }
  return calls;
}

/** grpc-js answers so if a server has no such method. */
function measuredRefusal(original: Method): Method {
  return function _respondWithError(this: unknown, ...args) {
    safely(WHAT, () => others.end(performance.now(), codeOf(args[0])));
    return Reflect.apply(original, this, args);
  };
}

function codeOf(status: unknown): unknown {
  return isObject(status) ? Reflect.get(status, 'code') : undefined;
}
