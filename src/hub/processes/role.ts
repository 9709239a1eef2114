import type { Follower } from './follower.ts';
import type { Leader } from './leader.ts';

/**
 * The role of this process in its service. It starts `searching`; `leading` and `failed` are final.
 *
 * ```
 *                       opened the endpoint
 *   ┌─► searching ────────────────────────────► leading
 *   │     │  │
 *   │     │  │          welcomed by the leader
 *   │     │  └────────────────────────────────► following ──┐
 *   │     │                                                 │ the leader is gone
 *   └─────│─────────────────────────────────────────────────┘
 *         │  neither for 500 ms, or out of descriptors:
 *         │  the reason is logged
 *         ├──────────► unserved    searches on, once a second, and leaves for
 *         │                        `leading` or `following` as `searching` does
 *         │  the endpoint can never be opened
 *         └──────────► failed
 * ```
 */
export type Role =
  /** `since`: of `performance.now()`. */
  | { readonly name: 'searching'; readonly since: number }
  | { readonly name: 'unserved' }
  | { readonly name: 'following'; readonly follower: Follower; readonly since: number }
  | { readonly name: 'leading'; readonly leader: Leader }
  | { readonly name: 'failed' };
