import type { Zxid } from '@conclave/protocol';
import type { Applied, Tree, Txn } from '@conclave/tree';
import type { ServerId } from '@conclave/zab';
import type { Clock } from '../environment/environment.ts';
import type { SessionClaim } from '../peers/link-messages.ts';
import { samePassword } from './session-password.ts';
import { SessionTracker } from './session-tracker.ts';

interface Owner {
  readonly server: ServerId;
  /** How far the history had come when the session's connection was made there. */
  since: Zxid;
}

/**
 * The leader's knowledge of the sessions: which server has the connection of each, which one has its heartbeats, and
 * when it expires. Only the owner's requests for a session are accepted.
 */
export class SessionOwners {
  readonly #tree: Tree;
  readonly #clock: Clock;
  readonly #tracker: SessionTracker;
  readonly #owners = new Map<number, Owner>();
  /** The server that passed on the last sign of life of a session without being its owner: it has the heartbeats. */
  readonly #vouchers = new Map<number, ServerId>();

  /** Every session of `tree` has a full timeout and `slackMs` from now. */
  constructor(tree: Tree, clock: Clock, slackMs: number) {
    this.#tree = tree;
    this.#clock = clock;
    const nowMs = clock.monotonicMs();
    this.#tracker = new SessionTracker(slackMs, nowMs);
    for (const session of tree.sessions()) this.#tracker.track(session.id, session.timeoutMs, nowMs);
  }

  /** The times at which sessions expire if no further sign of life comes, soonest first, with the sessions. */
  deadlines(): ReturnType<SessionTracker['deadlines']> {
    return this.#tracker.deadlines();
  }

  /** Returns the expired sessions; to be called every `intervalMs`. */
  sweep(intervalMs: number): readonly number[] {
    return this.#tracker.sweep(this.#clock.monotonicMs(), intervalMs);
  }

  /** `from` passes on signs of life. */
  touch(from: ServerId, sessions: readonly number[]): void {
    const nowMs = this.#clock.monotonicMs();
    for (const id of sessions) {
      if (this.#tracker.touch(id, nowMs) && this.#owners.get(id)?.server !== from) {
        this.#vouchers.set(id, from);
      }
    }
  }

  /**
   * Whether a request of the session may come from `from`. A session without an owner belongs to the server that sends
   * its next request.
   */
  maySend(from: ServerId, id: number, since: Zxid): boolean {
    const owner = this.#owners.get(id);
    if (owner !== undefined && owner.server !== from) return false;
    if (owner === undefined && this.#tree.session(id) !== undefined)
      this.#owners.set(id, { server: from, since });
    this.#tracker.touch(id, this.#clock.monotonicMs());
    return true;
  }

  /** Whether another server has had the session since the claim was made, so that `from` has lost it. */
  hasMoved(from: ServerId, { id, since }: SessionClaim): boolean {
    const owner = this.#owners.get(id);
    return owner !== undefined && owner.server !== from && owner.since >= since;
  }

  /** `from` has the session's connection from now on. Returns the server that had it before, if that is another. */
  claim(from: ServerId, { id, since }: SessionClaim): ServerId | undefined {
    const owner = this.#owners.get(id);
    if (this.#tree.session(id) !== undefined) this.#owners.set(id, { server: from, since });
    this.#tracker.touch(id, this.#clock.monotonicMs());
    return owner?.server === from ? undefined : owner?.server;
  }

  /** Whether the session can be taken over with this password. If so, that is a sign of life. */
  revalidate(id: number, password: Uint8Array): boolean {
    const session = this.#tree.session(id);
    return (
      session !== undefined &&
      samePassword(session.password, password) &&
      this.#tracker.touch(id, this.#clock.monotonicMs())
    );
  }

  /**
   * The stream to `server` has ended. Its clients had answers until it noticed, and signs of life that it had yet to
   * pass on are lost. So the time of its sessions starts anew.
   */
  detach(server: ServerId): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [id, owner] of this.#owners) if (owner.server === server) this.#tracker.touch(id, nowMs);
    for (const [id, voucher] of this.#vouchers) {
      if (voucher !== server) continue;
      this.#vouchers.delete(id);
      this.#tracker.touch(id, nowMs);
    }
  }

  /** Follows what transactions do to sessions as they are applied. */
  applied(txn: Txn, applied: Applied): void {
    if (applied.sessionCreated !== undefined) {
      const { id, timeoutMs } = applied.sessionCreated;
      this.#tracker.track(id, timeoutMs, this.#clock.monotonicMs());
      this.#owners.set(id, { server: txn.origin, since: applied.zxid });
    } else if (applied.sessionMoved !== undefined) {
      const owner = this.#owners.get(txn.sessionId);
      // Unless it has moved on meanwhile.
      if (owner?.server === txn.origin) owner.since = applied.zxid;
    } else if (applied.sessionClosed !== undefined) {
      this.#tracker.forget(applied.sessionClosed);
      this.#owners.delete(applied.sessionClosed);
      this.#vouchers.delete(applied.sessionClosed);
    }
  }
}
