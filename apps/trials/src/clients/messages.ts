/** What a client's process is started with, as JSON. */
export interface ClientOptions {
  readonly name: string;
  readonly servers: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly journal: string;
}

/**
 * `pauseHolding`: the next time that it holds a lock it looks whether it still does, stops itself, and uses the lock's
 * resource as the first thing when it goes on.
 */
export type ClientOrder = 'stop' | 'pauseHolding';

export type ClientReport =
  /** One of its writes was. */
  | { readonly type: 'acknowledged' }
  | { readonly type: 'pausing'; readonly lock: string; readonly token: number }
  /** A request to the resource that the lock guards. */
  | { readonly type: 'use'; readonly lock: string; readonly token: number };
