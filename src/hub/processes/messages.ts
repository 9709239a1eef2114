import type { Attributes } from '@opentelemetry/api';
import type { ProcessIdentity } from '../../model/process-identity.ts';
import type { ProcessStall, StallView } from '../stalls/report.ts';
import { attributes, flag, integer, list, oneOf, optional, shape, text, variants } from './checks.ts';
import { DIALECT, type Dialect } from './dialect.ts';
import { DIFF, type Diff } from './diff.ts';
import { ENDED_STALLS, STALLS } from './service-stalls.ts';

/*
 * Messages between the hubs of a service's processes. The hub checks every message that arrives against the shape
 * beside its type: other programs of the same user can reach the socket.
 */

/** A process, as it introduces itself. */
export interface ProcessDescription extends ProcessIdentity {
  /** The attributes of its resource. */
  readonly attributes: Attributes;
}

/** The service that a process belongs to. Only processes of one service are merged. */
export interface ServiceName {
  readonly name: string;
  readonly namespace: string;
}

/** The first message of a follower, in JSON. */
export interface Hello {
  readonly speaks: Dialect;
  readonly service: ServiceName;
  readonly process: ProcessDescription;
}

/** The first message of the leader, in JSON. */
export type Answer =
  | {
      readonly type: 'welcome';
      /** Used from here on. */
      readonly protocol: number;
      readonly url: string;
      readonly port: number;
      readonly pid: number;
    }
  | {
      readonly type: 'refused';
      /** `ended`: the final state of the process has arrived before. */
      readonly reason: 'protocol' | 'service' | 'ended';
      readonly speaks: Dialect;
      readonly service: ServiceName;
      readonly pid: number;
    };

/** A change to the log. */
export type Entry =
  /**
   * `isWhole`: the diff has everything, and replaces all that the leader knew of the process. `stalls`: its last
   * stalls, if they have changed.
   */
  | {
      readonly type: 'state';
      readonly process: ProcessDescription;
      readonly isWhole: boolean;
      readonly diff: Diff;
      readonly stalls?: readonly StallView[];
    }
  /** The process has ended: its counters and histograms go into the totals. */
  | { readonly type: 'ended'; readonly process: string };

/** Everything in the log. */
export interface LogCopy {
  /** How many leaders the service has had. */
  readonly epoch: number;
  /** How many entries there are. */
  readonly entries: number;
  /** The sum of all ended processes. */
  readonly totals: Diff;
  readonly ended: readonly string[];
  readonly endedCount: number;
  /** The last stalls of ended processes, the newest first. */
  readonly endedStalls?: readonly ProcessStall[];
  readonly processes: readonly {
    readonly process: ProcessDescription;
    readonly diff: Diff;
    readonly stalls?: readonly StallView[];
  }[];
}

/** The processes of the service, and whether they have a copy of the log. */
export type Membership = readonly (ProcessIdentity & { readonly isReplica: boolean })[];

/** Messages from a follower, after its hello. */
export type FollowerMessage =
  /**
   * `answers`: the request that asked for it. `isFinal`: the process ends, and this is its last. `stalls`: its last
   * stalls, if they have changed.
   */
  | {
      readonly type: 'state';
      readonly isWhole: boolean;
      readonly diff: Diff;
      readonly answers?: number;
      readonly isFinal?: boolean;
      readonly stalls?: readonly StallView[];
    }
  /** Its copy of an earlier leader's log; `undefined` when it has none. Sent once. */
  | { readonly type: 'log'; readonly copy: LogCopy | undefined }
  | { readonly type: 'appended'; readonly request: number };

/** Messages from the leader, after its welcome. */
export type LeaderMessage =
  /** Asks for the present state. */
  | { readonly type: 'collect'; readonly request: number }
  /** The final state has arrived. */
  | { readonly type: 'received' }
  | { readonly type: 'membership'; readonly membership: Membership; readonly epoch: number }
  /** Makes the follower a replica that starts with this copy; `undefined`: it is not one any more. */
  | { readonly type: 'replicate'; readonly copy: LogCopy | undefined }
  | { readonly type: 'entry'; readonly entry: Entry; readonly request?: number };

const MAX_PROCESSES = 100_000;
/** Characters of an id, a name or an address. */
const MAX_TEXT = 4096;

const COUNT = integer(0, Number.MAX_SAFE_INTEGER);
const PID = integer(1, 2 ** 32);
const IDENTITY = { id: text(MAX_TEXT), pid: PID, started: text(64) };
const PROCESS = shape<ProcessDescription>({ ...IDENTITY, attributes });
const SERVICE = shape<ServiceName>({ name: text(MAX_TEXT), namespace: text(MAX_TEXT) });

const ENTRY = variants<Entry>({
  state: shape<Extract<Entry, { type: 'state' }>>({
    type: oneOf('state'),
    process: PROCESS,
    isWhole: flag,
    diff: DIFF,
    stalls: optional(STALLS),
  }),
  ended: shape({ type: oneOf('ended'), process: text(MAX_TEXT) }),
});

const LOG_COPY = shape<LogCopy>({
  epoch: COUNT,
  entries: COUNT,
  totals: DIFF,
  ended: list(text(MAX_TEXT), MAX_PROCESSES),
  endedCount: COUNT,
  endedStalls: optional(ENDED_STALLS),
  processes: list(
    shape<LogCopy['processes'][number]>({ process: PROCESS, diff: DIFF, stalls: optional(STALLS) }),
    MAX_PROCESSES,
  ),
});

export const HELLO = shape<Hello>({ speaks: DIALECT, service: SERVICE, process: PROCESS });

export const ANSWER = variants<Answer>({
  welcome: shape({
    type: oneOf('welcome'),
    protocol: COUNT,
    url: text(MAX_TEXT),
    port: integer(0, 65_535),
    pid: PID,
  }),
  refused: shape({
    type: oneOf('refused'),
    reason: oneOf('protocol', 'service', 'ended'),
    speaks: DIALECT,
    service: SERVICE,
    pid: PID,
  }),
});

export const FOLLOWER_MESSAGE = variants<FollowerMessage>({
  state: shape<Extract<FollowerMessage, { type: 'state' }>>({
    type: oneOf('state'),
    isWhole: flag,
    diff: DIFF,
    answers: optional(COUNT),
    isFinal: optional(flag),
    stalls: optional(STALLS),
  }),
  log: shape({ type: oneOf('log'), copy: optional(LOG_COPY) }),
  appended: shape({ type: oneOf('appended'), request: COUNT }),
});

export const LEADER_MESSAGE = variants<LeaderMessage>({
  collect: shape({ type: oneOf('collect'), request: COUNT }),
  received: shape({ type: oneOf('received') }),
  membership: shape({
    type: oneOf('membership'),
    membership: list(shape({ ...IDENTITY, isReplica: flag }), MAX_PROCESSES),
    epoch: COUNT,
  }),
  replicate: shape({ type: oneOf('replicate'), copy: optional(LOG_COPY) }),
  entry: shape<Extract<LeaderMessage, { type: 'entry' }>>({
    type: oneOf('entry'),
    entry: ENTRY,
    request: optional(COUNT),
  }),
});
