import type { Request, Response, Zxid } from '@conclave/protocol';
import type { SessionWatches } from './session-watches.ts';
import type { WatchCallback } from './watch-registry.ts';

/** The part of a session that its watches work with. */
export interface WatchingSession {
  readonly watches: SessionWatches;
  /** Aborts when the session is over. */
  readonly signal: AbortSignal;
  /** The newest zxid of any answer. */
  readonly lastZxid: Zxid;
  perform(request: Request, options: WatchingOptions): Promise<WatchingReply>;
}

export interface WatchingOptions {
  readonly watch?: WatchCallback | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WatchingReply {
  readonly response: Response;
  readonly zxid: Zxid;
}
