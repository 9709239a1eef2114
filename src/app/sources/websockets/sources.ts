import { measuredUpgrades } from '../../instruments/websocket-server.ts';
import { measuredBind } from '../../instruments/websocket-socketio.ts';
import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import { isObject, replaceMethod, type Undo } from '../../patching/replace-method.ts';
import { reportFailure } from '../failure.ts';
import type { Source } from '../source.ts';

/**
 * All servers of `ws`: every way to a connection leads through `handleUpgrade` of their class. A server that
 * the application has measured by `websocket.server`, and that of a Socket.IO server that is measured, are
 * left to those.
 */
export const ws = hookedClass({
  name: 'ws',
  // ES modules load the class from its file.
  inner: 'lib/websocket-server.js',
  classOf: ({ exports }) => memberOf(exports, 'WebSocketServer') ?? exports,
  method: 'handleUpgrade',
  replacement: measuredUpgrades,
});

/** All servers of Socket.IO, whose `bind` is given the engine of their connections. */
export const socketIo = hookedClass({
  name: 'socket.io',
  classOf: ({ exports }) => memberOf(exports, 'Server'),
  method: 'bind',
  replacement: measuredBind,
});

interface HookedClass {
  /** Of the package, and of the source. */
  readonly name: string;
  readonly inner?: string;
  readonly classOf: (loaded: LoadedPackage) => unknown;
  readonly method: string;
  readonly replacement: Parameters<typeof replaceMethod>[2];
}

function hookedClass({ name, inner, classOf, method, replacement }: HookedClass): Source {
  return {
    name,
    packages: [],
    start() {
      // A class that is loaded in two ways is told of twice.
      const hooked = new Map<unknown, Undo>();
      const hook = (loaded: LoadedPackage) => {
        try {
          const prototype = memberOf(classOf(loaded), 'prototype');
          if (!hooked.has(prototype)) hooked.set(prototype, replaceMethod(prototype, method, replacement));
        } catch (error) {
          reportFailure(name, error);
        }
      };
      const forget = whenLoaded(name, hook, inner);
      return () => {
        forget();
        for (const undo of hooked.values()) undo();
      };
    },
  };
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}
