import { serialize } from 'node:v8';
import { packageVersion } from '../../base/pitot-scope.ts';
import { integer, shape, text } from './checks.ts';

/**
 * The protocol between the processes of a service, as one release of pitot speaks it. A hello carries it, so that a
 * newer release can say whether it understands an older one:
 *
 * - `protocol` is raised with every change to a message that an older release would misread. A field that older
 *   releases may ignore is no such change.
 * - `oldestProtocol` stays where it is for as long as this release also reads and writes the older messages.
 * - Both sides use the newest protocol that both know. Without one the leader refuses, and the process that asked logs
 *   both releases.
 * - The hello and its answer are JSON for ever, and neither loses a field.
 */
export interface Dialect {
  readonly protocol: number;
  readonly oldestProtocol: number;
  /** Version of V8's serialization, in which all later messages are: Node.js releases differ in it. */
  readonly serialization: number;
  /** The release of pitot, for the log. */
  readonly release: string;
}

export const DIALECT = shape<Dialect>({
  protocol: integer(0, Number.MAX_SAFE_INTEGER),
  oldestProtocol: integer(0, Number.MAX_SAFE_INTEGER),
  serialization: integer(0, 255),
  release: text(256),
});

export function ownDialect(): Dialect {
  return {
    protocol: 1,
    oldestProtocol: 1,
    serialization: serialize(null)[1] ?? 0,
    release: packageVersion() ?? 'unknown',
  };
}

/** The newest protocol that both sides know; `undefined` when they do not understand each other. */
export function commonProtocol(a: Dialect, b: Dialect): number | undefined {
  if (a.serialization !== b.serialization) return undefined;
  const newest = Math.min(a.protocol, b.protocol);
  return newest >= Math.max(a.oldestProtocol, b.oldestProtocol) ? newest : undefined;
}

/** As for the log: `pitot 1.2.0 (protocol 3, understands 2 and later; V8 serialization 15)`. */
export function dialectText({ release, protocol, oldestProtocol, serialization }: Dialect): string {
  const understands = oldestProtocol < protocol ? `, understands ${oldestProtocol} and later` : '';
  return `pitot ${release} (protocol ${protocol}${understands}; V8 serialization ${serialization})`;
}
