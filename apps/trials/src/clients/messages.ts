import type { Achievement } from './achievement.ts';

/** The options of a client process, which it gets as JSON. */
export interface ClientOptions {
  readonly name: string;
  readonly servers: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly journal: string;
}

export type ClientOrder =
  | { readonly type: 'stop' }
  /**
   * The next time that the client holds a lock, it checks that it still does, and then stops itself. When it continues,
   * the first thing that it does is to use the resource that the lock guards.
   */
  | { readonly type: 'pauseHolding' }
  /** The answer of the resource. */
  | { readonly type: 'used'; readonly use: number };

export type ClientReport =
  | { readonly type: 'achieved'; readonly achievement: Achievement }
  | { readonly type: 'pausing'; readonly lock: string; readonly token: number }
  /** A request to the resource that the lock guards, numbered for its answer. */
  | { readonly type: 'use'; readonly use: number; readonly lock: string; readonly token: number };
