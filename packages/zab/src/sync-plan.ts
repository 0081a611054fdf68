import type { Zxid } from '@conclave/protocol';
import type { History } from './history.ts';

/** How a follower gets the leader's history, whichever is least. */
export type SyncPlan =
  /** It has a prefix of ours: send what comes after. */
  | { readonly type: 'diff'; readonly after: Zxid; readonly position: number }
  /** It has entries that we do not: it must cut back to what we share first. */
  | { readonly type: 'trunc'; readonly after: Zxid; readonly position: number }
  /** What we share lies before the history that is held. */
  | { readonly type: 'snap' };

/** Zab paper, step l.2.1, which sends the whole history; DIFF, TRUNC and SNAP as in ZooKeeper. */
export function planSync(history: History, tails: readonly Zxid[]): SyncPlan {
  const after = history.commonPoint(tails);
  const position = after === undefined ? undefined : history.positionAfter(after);
  if (after === undefined || position === undefined) return { type: 'snap' };
  return { type: after === tails[0] ? 'diff' : 'trunc', after, position };
}
