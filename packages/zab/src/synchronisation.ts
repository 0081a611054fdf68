import type { Zxid } from '@conclave/protocol';
import type { History } from './history.ts';
import type { Learner } from './learner.ts';
import type { Member } from './member.ts';
import type { Replication } from './replication.ts';

/** How a follower gets the leader's history. The cheapest way is chosen. */
export type SyncPlan =
  /** It has a prefix of our history, and needs the rest. */
  | { readonly type: 'diff'; readonly after: Zxid; readonly position: number }
  /** It has entries that we do not have. It must first cut its log back to the common part. */
  | { readonly type: 'trunc'; readonly after: Zxid; readonly position: number }
  /** The common part lies before the history that is held. */
  | { readonly type: 'snap' };

export function planSync(history: History, tails: readonly Zxid[]): SyncPlan {
  const after = history.commonPoint(tails);
  const position = after === undefined ? undefined : history.positionAfter(after);
  if (after === undefined || position === undefined) return { type: 'snap' };
  return { type: after === tails[0] ? 'diff' : 'trunc', after, position };
}

/**
 * Brings one follower after another to the leader's history, at any time and while proposals go on (Zab paper,
 * step l.2.1, which sends the whole history; DIFF, TRUNC and SNAP as in ZooKeeper).
 */
export class Synchronisation {
  readonly #member: Member;
  readonly #replication: Replication;

  constructor(member: Member, replication: Replication) {
    this.#member = member;
    this.#replication = replication;
  }

  /** Begins when the follower has acknowledged the epoch and sent the tails of its log. */
  begin(learner: Learner, epoch: number): void {
    const plan = planSync(this.#member.history, learner.tails);
    if (plan.type !== 'snap') {
      this.#stream(learner, epoch, plan.type, plan.after, plan.position);
      return;
    }
    learner.stage = 'snapshot';
    this.#member.send(learner.id, { type: 'snap', epoch });
    this.#member.outbox.sendSnapshot(learner.id);
  }

  /** A whole checkpoint at `zxid` is on its way. The entries after it follow as DIFF. */
  snapshotSent(learner: Learner, epoch: number, zxid: Zxid): void {
    const position = this.#member.history.positionAfter(zxid);
    // It took so long that the history after it is gone. Try again with a newer checkpoint.
    if (position === undefined) this.#member.outbox.sendSnapshot(learner.id);
    else this.#stream(learner, epoch, 'diff', zxid, position);
  }

  /** With each heartbeat: begins a transfer again that failed. */
  retry(learner: Learner): void {
    if (!learner.snapshotRetry) return;
    learner.snapshotRetry = false;
    this.#member.outbox.sendSnapshot(learner.id);
  }

  /** The history as it is now, uncommitted proposals included, NEWLEADER, and then whatever is proposed. */
  #stream(learner: Learner, epoch: number, type: 'diff' | 'trunc', after: Zxid, position: number): void {
    this.#member.send(learner.id, { type, epoch, after });
    learner.stage = 'streaming';
    learner.sentEnd = position;
    this.#replication.stream(learner, epoch, false);
    learner.ackedEnd = learner.sentEnd;
    this.#member.send(learner.id, { type: 'new-leader', epoch });
  }
}
