import { epochOf, type Zxid } from '@conclave/protocol';
import type { Entry } from './entry.ts';
import type { Learner } from './learner.ts';
import type { Member } from './member.ts';
import type { Commit, Proposal } from './messages.ts';

interface Cut {
  readonly message: Proposal;
  readonly end: number;
}

/**
 * Sends the leader's history to its followers: each at its own pace, and the same message object to all that
 * are at the same place, which in calm times are all of them.
 */
export class Replication {
  readonly #member: Member;
  /** Proposals cut since the log last grew or the commit point last moved, by the position they begin at. */
  readonly #cuts = new Map<number, Cut>();
  #cutsEnd = 0;
  #cutsCommitted = 0;
  #cutsEpoch = 0;
  #commit: Commit | undefined;

  constructor(member: Member) {
    this.#member = member;
  }

  /**
   * Sends the entries that the learner lacks, all of them or as much as may be in flight. Returns false if the history no
   * longer reaches back to the learner's position.
   */
  stream(learner: Learner, epoch: number, bounded: boolean): boolean {
    const { history, settings } = this.#member;
    if (learner.sentEnd < history.first) return false;
    while (learner.sentEnd < history.end) {
      // Entries that were acknowledged and trimmed are no longer in flight.
      const from = Math.max(learner.ackedEnd, history.first);
      if (bounded && history.bytesBetween(from, learner.sentEnd) > settings.inflightBytesMax) return true;
      const cut = this.#cutAt(learner.sentEnd, epoch);
      this.#member.send(learner.id, cut.message);
      learner.sentEnd = cut.end;
      if (cut.message.committed > learner.committedSent) learner.committedSent = cut.message.committed;
    }
    return true;
  }

  /** Sends an active learner the commit point, unless a proposal just did. It is never beyond the entries it was sent. */
  commit(learner: Learner, epoch: number): void {
    const { history, lastCommitted, committedEnd } = this.#member;
    if (lastCommitted <= learner.committedSent) return;
    const zxid = committedEnd <= learner.sentEnd ? lastCommitted : history.zxidBefore(learner.sentEnd);
    if (zxid <= learner.committedSent) return;
    learner.committedSent = zxid;
    if (this.#commit?.zxid !== zxid || this.#commit.epoch !== epoch)
      this.#commit = { type: 'commit', epoch, zxid };
    this.#member.send(learner.id, this.#commit);
  }

  #cutAt(position: number, epoch: number): Cut {
    const { history, lastCommitted } = this.#member;
    if (this.#cutsEnd !== history.end || this.#cutsCommitted !== lastCommitted || this.#cutsEpoch !== epoch) {
      this.#cuts.clear();
      this.#cutsEnd = history.end;
      this.#cutsCommitted = lastCommitted;
      this.#cutsEpoch = epoch;
    }
    let cut = this.#cuts.get(position);
    if (cut === undefined) {
      const end = this.#endOfCut(position);
      const entries: Entry[] = history.slice(position, end);
      const last = history.zxidBefore(end);
      const committed = Math.min(lastCommitted, last) as Zxid;
      cut = { message: { type: 'proposal', epoch, committed, entries }, end };
      this.#cuts.set(position, cut);
    }
    return cut;
  }

  /** A proposal holds entries of one epoch, and at least one, whatever its size. */
  #endOfCut(position: number): number {
    const { history, settings } = this.#member;
    const epoch = epochOf(history.at(position).zxid);
    let bytes = 0;
    let end = position;
    while (end < history.end) {
      const entry = history.at(end);
      bytes += entry.payload.length;
      if (end > position && (bytes > settings.proposalBytesMax || epochOf(entry.zxid) !== epoch)) break;
      end += 1;
    }
    return end;
  }
}
