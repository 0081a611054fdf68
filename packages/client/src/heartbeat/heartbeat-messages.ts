import type { HeartbeatSession } from './heartbeat-loop.ts';

/** What the thread is told. Sessions are told apart by `key`. */
export type HeartbeatCommand =
  | {
      readonly type: 'start';
      readonly key: number;
      readonly session: HeartbeatSession;
      readonly memory: SharedArrayBuffer;
      readonly mustVouch: boolean;
    }
  | { readonly type: 'stop'; readonly key: number };

/** What the thread tells: a server said that there is no such session. */
export interface HeartbeatNotice {
  readonly type: 'session-gone';
  readonly key: number;
}
