import type { ServerId } from './entry.ts';
import type { Notification } from './messages.ts';

/** The properties by which one candidate is better than another. */
export type Candidate = Pick<Notification, 'currentEpoch' | 'lastZxid'>;

/**
 * The order of votes: epoch, then zxid, then server id (fast leader election; it makes the prospective leader
 * of the Zab paper's phase 0 one that already has every committed transaction). Positive when `a` is better.
 */
export function compareCandidates(aId: ServerId, a: Candidate, bId: ServerId, b: Candidate): number {
  return a.currentEpoch - b.currentEpoch || a.lastZxid - b.lastZxid || aId - bId;
}

export function sameNotification(a: Notification, b: Notification): boolean {
  return (
    a.role === b.role &&
    a.round === b.round &&
    a.leader === b.leader &&
    a.epoch === b.epoch &&
    a.electable === b.electable &&
    a.acceptedEpoch === b.acceptedEpoch &&
    a.currentEpoch === b.currentEpoch &&
    a.lastZxid === b.lastZxid &&
    a.trusted === b.trusted
  );
}
