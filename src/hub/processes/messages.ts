import { serialize } from 'node:v8';
import type { Attributes } from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { ProcessIdentity } from '../../model/process-identity.ts';
import type { Diff } from './state.ts';

/**
 * The protocol between the hubs of a service's processes. Equal versions understand each other, others do
 * not try: it is raised with every change to a message, and it holds the version of V8's serialisation.
 */
export const PROTOCOL = `1.${serialize(null)[1]}`;

/** A process, as it presents itself. */
export interface ProcessDescription extends ProcessIdentity {
  /** Of its resource: its own are told apart from those that all processes have. */
  readonly attributes: Attributes;
}

/** The service that a process belongs to. Only processes of one service are merged. */
export interface ServiceName {
  readonly name: string;
  readonly namespace: string;
}

/** The first message of a follower. In JSON. */
export interface Greeting {
  readonly protocol: string;
  readonly service: ServiceName;
  readonly process: ProcessDescription;
}

/** The first message of the leader. In JSON. */
export type Answer =
  | { readonly type: 'welcome'; readonly url: string; readonly port: number; readonly pid: number }
  | {
      readonly type: 'refused';
      /** `ended`: the process' final state has arrived before. */
      readonly reason: 'protocol' | 'service' | 'ended';
      readonly protocol: string;
      readonly service: ServiceName;
      readonly pid: number;
    };

/** A change to the log. */
export type Entry =
  /** `isWhole`: the diff is everything, and takes the place of what was known of the process. */
  | {
      readonly type: 'state';
      readonly process: ProcessDescription;
      readonly isWhole: boolean;
      readonly diff: Diff;
    }
  /** The process has ended: what lasts of its state goes into the totals. */
  | { readonly type: 'ended'; readonly process: string };

/** Everything the log holds. */
export interface LogCopy {
  /** How often the leader has changed. */
  readonly epoch: number;
  /** How many entries were made. */
  readonly entries: number;
  readonly totals: readonly ScopeMetrics[];
  readonly ended: readonly string[];
  readonly endedCount: number;
  readonly processes: readonly { readonly process: ProcessDescription; readonly diff: Diff }[];
}

/** Which processes there are, and whether they keep a copy of the log. */
export type Membership = readonly (ProcessIdentity & { readonly isReplica: boolean })[];

export type FollowerMessage =
  | Greeting
  /** `answers`: the request that asked for it. `isFinal`: the process ends, and this is its last. */
  | {
      readonly type: 'state';
      readonly isWhole: boolean;
      readonly diff: Diff;
      readonly answers?: number;
      readonly isFinal?: true;
    }
  /** What this follower kept of an earlier leader's log; `undefined` when it kept none. */
  | { readonly type: 'log'; readonly copy: LogCopy | undefined }
  | { readonly type: 'appended'; readonly request: number };

export type LeaderMessage =
  | Answer
  /** Asks for the state as it is now. */
  | { readonly type: 'collect'; readonly request: number }
  /** The final state has arrived. */
  | { readonly type: 'received' }
  | { readonly type: 'membership'; readonly membership: Membership; readonly epoch: number }
  /** From now on this follower keeps a copy, beginning with this one; `undefined`: no longer. */
  | { readonly type: 'replicate'; readonly copy: LogCopy | undefined }
  | { readonly type: 'entry'; readonly entry: Entry; readonly request?: number };
