import { BoundedValues } from '../../../base/bounded-values.ts';
import { safely } from '../../../base/safely.ts';
import { isMethod, isObject, type Method, replaceMethod, type Undo } from '../../patching/replace-method.ts';
import type { ServerAttributes } from './call-outcome.ts';
import { GrpcCalls, methodOfPath, UNIMPLEMENTED } from './grpc-calls.ts';
import { grpcTarget } from './grpc-target.ts';

/** A client can call any path, also one that it got from elsewhere. */
const methods = new BoundedValues('rpc.method', /^[\w.$/-]{1,255}$/);
const WHAT = 'a call of gRPC';

/** The parts of a call that its client uses. */
interface InterceptingCall {
  start: (metadata: unknown, listener: unknown) => void;
}

/** The listener that a client passes to `start`: a new object for each call. */
interface Listener {
  onReceiveMessage: Method;
  onReceiveStatus: Method;
}

/** A call that is under way. */
interface Begun {
  readonly calls: GrpcCalls;
  /** Milliseconds on the clock of `performance.now()`. */
  readonly startedAt: number;
}

/**
 * Measures the calls of all clients, by the one function that makes their calls with all interceptors in place.
 * Generated clients hold on to the methods of `Client` from before anyone can replace them.
 *
 * @param module the exports of `client-interceptors.js`
 */
export function measureGrpcClients(module: unknown): Undo {
  return replaceMethod(module, 'getInterceptingCall', measuredCall);
}

function measuredCall(original: Method): Method {
  return function getInterceptingCall(this: unknown, ...args) {
    const [, definition, , channel] = args;
    const begun = safely(WHAT, () => begin(channel, definition));
    if (begun === undefined) return Reflect.apply(original, this, args);
    const call = counted(begun, () => Reflect.apply(original, this, args));
    safely(WHAT, () => follow(call as InterceptingCall, begun, definition));
    return call;
  };
}

function begin(channel: unknown, definition: unknown): Begun | undefined {
  const path: unknown = isObject(definition) ? Reflect.get(definition, 'path') : undefined;
  if (typeof path !== 'string' || !isObject(channel)) return undefined;
  return { calls: targetOf(channel).callsOf(path), startedAt: performance.now() };
}

/** Counts a call that throws at its start: the channel is closed, or an interceptor fails. */
function counted<T>({ calls, startedAt }: Begun, work: () => T): T {
  try {
    return work();
  } catch (error) {
    safely(WHAT, () => calls.throw(startedAt, error));
    throw error;
  }
}

function follow(call: InterceptingCall, begun: Begun, definition: unknown): void {
  const { start } = call;
  if (!isMethod(start)) return;
  const isUnary = isObject(definition) && Reflect.get(definition, 'responseStream') === false;
  call.start = (metadata, listener) => {
    safely(WHAT, () => listen(listener as Listener, begun, isUnary));
    return counted(begun, () => start.call(call, metadata, listener));
  };
}

/** grpc-js counts the parameters of a listener's functions. */
function listen(listener: Listener, { calls, startedAt }: Begun, isUnary: boolean): void {
  const { onReceiveMessage, onReceiveStatus } = listener;
  if (!isMethod(onReceiveMessage) || !isMethod(onReceiveStatus)) return;
  let hasMessage = !isUnary;
  let hasEnded = false;
  if (isUnary) {
    listener.onReceiveMessage = (message) => {
      hasMessage ||= message !== null;
      return onReceiveMessage.call(listener, message);
    };
  }
  listener.onReceiveStatus = (status) => {
    if (!hasEnded) {
      hasEnded = true;
      safely(WHAT, () => {
        const code: unknown = isObject(status) ? Reflect.get(status, 'code') : undefined;
        calls.end(startedAt, code === 0 && !hasMessage ? UNIMPLEMENTED : code);
      });
    }
    return onReceiveStatus.call(listener, status);
  };
}

/** The calls to one target, by the path of the method. */
class Target {
  private readonly attributes: ServerAttributes;
  private readonly calls = new Map<string, GrpcCalls>();

  constructor(attributes: ServerAttributes) {
    this.attributes = attributes;
  }

  callsOf(path: string): GrpcCalls {
    return this.calls.get(path) ?? this.admit(path);
  }

  /** Remembers no path that it does not record. */
  private admit(path: string): GrpcCalls {
    const method = methods.admit(methodOfPath(path));
    const key = method === methodOfPath(path) ? path : method;
    let calls = this.calls.get(key);
    if (calls === undefined) {
      calls = new GrpcCalls('client', { 'rpc.method': method, ...this.attributes });
      this.calls.set(key, calls);
    }
    return calls;
  }
}

const byChannel = new WeakMap<object, Target>();
/** Channels to one target share its series. */
const targets = new Map<string, Target>();

function targetOf(channel: object): Target {
  let target = byChannel.get(channel);
  if (target === undefined) {
    const attributes = grpcTarget(targetStringOf(channel));
    const key = JSON.stringify(attributes);
    target = targets.get(key) ?? new Target(attributes);
    targets.set(key, target);
    byChannel.set(channel, target);
  }
  return target;
}

/** The target that the application gave. Through a proxy, the channel's own target is the proxy. */
function targetStringOf(channel: object): unknown {
  const { internalChannel, getTarget } = channel as {
    readonly internalChannel?: { readonly options?: { readonly 'grpc.http_connect_target'?: unknown } };
    readonly getTarget?: unknown;
  };
  const behindProxy = internalChannel?.options?.['grpc.http_connect_target'];
  return behindProxy ?? (isMethod(getTarget) ? getTarget.call(channel) : undefined);
}
