import type { Achievement } from './achievement.ts';

/** What a client's process is started with, as JSON. */
export interface ClientOptions {
  readonly name: string;
  readonly servers: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly journal: string;
}

export type ClientOrder =
  | { readonly type: 'stop' }
  /**
   * The next time that it holds a lock it looks whether it still does, stops itself, and uses what the lock guards as the
   * first thing when it goes on.
   */
  | { readonly type: 'pauseHolding' }
  /** The resource has answered. */
  | { readonly type: 'used'; readonly use: number };

export type ClientReport =
  | { readonly type: 'achieved'; readonly achievement: Achievement }
  | { readonly type: 'pausing'; readonly lock: string; readonly token: number }
  /** A request to the resource that the lock guards, numbered for its answer. */
  | { readonly type: 'use'; readonly use: number; readonly lock: string; readonly token: number };
