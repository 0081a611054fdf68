import type { HeartbeatSession } from './heartbeat-loop.ts';

/** What the event loop sends to the thread. `key` identifies the session. */
export type HeartbeatCommand =
  | {
      readonly type: 'start';
      readonly key: number;
      readonly session: HeartbeatSession;
      readonly memory: SharedArrayBuffer;
      readonly mustVouch: boolean;
    }
  | { readonly type: 'stop'; readonly key: number };

/** What the thread sends to the event loop: a server has answered that there is no such session. */
export interface HeartbeatNotice {
  readonly type: 'session-gone';
  readonly key: number;
}
