import { measuredUpgrades } from '../../instruments/websocket-server.ts';
import { measuredBind } from '../../instruments/websocket-socketio.ts';
import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import { isObject, replaceMethod, type Undo } from '../../patching/replace-method.ts';
import { reportFailure } from '../failure.ts';
import type { Source } from '../source.ts';
import { isSupported, warnOfVersion } from '../versions.ts';

/**
 * All servers of `ws`: every connection goes through `handleUpgrade` of their class. The source leaves out servers that
 * the application measures by `websocket.server`, and the servers inside measured Socket.IO servers.
 */
export const ws = hookedClass({
  name: 'ws',
  // ES modules load the class from its own file.
  watched: ['ws', 'ws/lib/websocket-server.js'],
  classOf: ({ exports }) => memberOf(exports, 'WebSocketServer') ?? exports,
  method: 'handleUpgrade',
  replacement: measuredUpgrades,
});

/** All servers of Socket.IO: `bind` receives the engine, which has the connections. */
export const socketIo = hookedClass({
  name: 'socket.io',
  watched: ['socket.io'],
  classOf: ({ exports }) => memberOf(exports, 'Server'),
  method: 'bind',
  replacement: measuredBind,
});

interface HookedClass {
  /** The name of the package and of the source. */
  readonly name: 'ws' | 'socket.io';
  /** The patterns that `whenLoaded` takes. */
  readonly watched: readonly string[];
  readonly classOf: (loaded: LoadedPackage) => unknown;
  readonly method: string;
  readonly replacement: Parameters<typeof replaceMethod>[2];
}

function hookedClass({ name, watched, classOf, method, replacement }: HookedClass): Source {
  return {
    name,
    packages: [],
    start() {
      // `ws` exports one class from two files.
      const hooked = new Map<unknown, Undo>();
      const hook = (loaded: LoadedPackage) => {
        if (!isSupported(name, loaded.version)) {
          warnOfVersion(name, loaded.version, 'websocket.connection()');
          return;
        }
        try {
          const prototype = memberOf(classOf(loaded), 'prototype');
          if (!hooked.has(prototype)) hooked.set(prototype, replaceMethod(prototype, method, replacement));
        } catch (error) {
          reportFailure(name, error);
        }
      };
      const forget = watched.map((one) => whenLoaded(one, hook));
      return () => {
        for (const stop of forget) stop();
        for (const undo of hooked.values()) undo();
      };
    },
  };
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}
