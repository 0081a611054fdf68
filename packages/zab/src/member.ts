import { counterOf, InvariantError, invariant, toZxid, type Zxid } from '@conclave/protocol';
import { sameNotification } from './ballot.ts';
import type { DurableState } from './durable-state.ts';
import type { Entry, ServerId } from './entry.ts';
import { History } from './history.ts';
import type { Credentials, FollowerInfo, Notification, ZabMessage } from './messages.ts';
import type { Settings } from './options.ts';
import { Outbox } from './outbox.ts';
import { Persistence } from './persistence.ts';
import type { Ready } from './ready.ts';
import type { RoleChangeReason } from './status.ts';

/** The role a member takes next, and why. */
export type Transition =
  | { readonly to: 'looking'; readonly reason: RoleChangeReason }
  | { readonly to: 'following'; readonly leader: ServerId }
  | { readonly to: 'leading' }
  | { readonly to: 'failed' };

/** The part of a `Notification` that describes this member's role. */
type Standing = Pick<Notification, 'role' | 'leader' | 'epoch'>;

/** While a checkpoint is on its way to a follower, the entries it will need behind it are kept this much longer. */
const HISTORY_STRETCH = 4;

/**
 * The state of a member in any role: its log, its disk, its links, and the last notification of each other member.
 *
 * `checkpoint <= applied <= committed <= history.last`, and `persistence.lastDurable <= history.last`.
 */
export class Member {
  readonly settings: Settings;
  readonly history: History;
  readonly persistence: Persistence;
  readonly outbox = new Outbox();
  /** The last Notification of each connected member that is not suspected. */
  readonly ballots = new Map<ServerId, Notification>();
  /** The members that asked to follow before we knew that we lead. */
  readonly earlyFollowers = new Map<ServerId, FollowerInfo>();
  /** The logical clock of elections. */
  round = 0;
  /** Counts our attempts to follow. */
  attempt = 0;
  /** Counts rounds of proof of leadership; never starts again, so an answer to an old one proves nothing. */
  proofRound = 0;
  trusted: boolean;
  /** The batch that brings an untrusted member up to date: history and epoch together. */
  #trustedFrom: number | undefined;
  /** A received checkpoint is replacing log and tree. Until that is done, it is unknown what this member has. */
  installing = false;
  /** Ticks for which this member, having resigned, does not want to lead. */
  resignedTicks = 0;
  /** How many checkpoints are on their way to followers. */
  snapshotsUnderway = 0;
  next: Transition | undefined;

  readonly #connected = new Set<ServerId>();
  #reachesQuorum: boolean;
  #standing: Standing = { role: 'looking', leader: 0, epoch: 0 };
  #announced: Notification | undefined;
  /** The members that we have informed in this tick that they are not our leader. */
  #corrected = new Set<ServerId>();
  #lastCommitted: Zxid;
  #committedEnd: number;
  #appliedEnd: number;
  #checkpoint: Zxid;

  constructor(settings: Settings, durable: DurableState) {
    this.settings = settings;
    this.history = historyOf(durable);
    this.persistence = new Persistence(durable.acceptedEpoch, durable.currentEpoch, this.history.last);
    this.trusted = durable.trusted;
    const position = this.history.positionAfter(durable.checkpointZxid);
    invariant(position !== undefined, `the log has no place for the checkpoint ${durable.checkpointZxid}`);
    this.#checkpoint = durable.checkpointZxid;
    this.#lastCommitted = durable.checkpointZxid;
    this.#committedEnd = position;
    this.#appliedEnd = position;
    this.#reachesQuorum = this.#hasQuorum();
  }

  /** Members with a live link. */
  get connected(): ReadonlySet<ServerId> {
    return this.#connected;
  }

  get id(): ServerId {
    return this.settings.id;
  }

  get lastCommitted(): Zxid {
    return this.#lastCommitted;
  }

  /** The position behind the last committed entry. */
  get committedEnd(): number {
    return this.#committedEnd;
  }

  get credentials(): Credentials {
    return {
      acceptedEpoch: this.persistence.acceptedEpoch,
      currentEpoch: this.persistence.currentEpoch,
      lastZxid: this.history.last,
      trusted: this.trusted && !this.installing,
    };
  }

  /** Whether this member may and can lead: with links to a quorum, and nothing missing. */
  get electable(): boolean {
    return this.trusted && !this.installing && this.resignedTicks === 0 && this.reachesQuorum;
  }

  /** Whether there are links to members that make a quorum with this one. */
  get reachesQuorum(): boolean {
    return this.#reachesQuorum;
  }

  handleConnected(peer: ServerId): void {
    this.#connected.add(peer);
    this.#reachesQuorum = this.#hasQuorum();
  }

  /** Returns false if there was no link. */
  handleDisconnected(peer: ServerId): boolean {
    if (!this.#connected.delete(peer)) return false;
    this.#reachesQuorum = this.#hasQuorum();
    return true;
  }

  become(next: Transition): void {
    this.next = next;
  }

  look(reason: RoleChangeReason): void {
    this.next = { to: 'looking', reason };
  }

  send(to: ServerId, message: ZabMessage): void {
    if (this.connected.has(to)) this.outbox.send(to, message);
  }

  append(entry: Entry): void {
    this.history.append(entry);
    this.persistence.append(entry);
  }

  /** The history asked to be written so far is a leader's, with its epoch: what was lost is back once it is durable. */
  trustOnceDurable(sequence: number): void {
    if (!this.trusted) this.#trustedFrom = sequence;
  }

  persisted(sequence: number): void {
    this.persistence.persisted(sequence);
    if (this.#trustedFrom === undefined || !this.persistence.isDurable(this.#trustedFrom)) return;
    this.#trustedFrom = undefined;
    this.trusted = true;
  }

  /** Only entries that are not committed may be removed, so that the tree never has to undo anything. */
  truncate(after: Zxid): void {
    invariant(
      after >= this.#lastCommitted,
      `truncation to ${after} below commit point ${this.#lastCommitted}`,
    );
    this.history.truncate(after);
    this.persistence.truncate(after);
  }

  /** Throws `InvariantError` if `zxid` is not in the log. A commit point never moves back. */
  commitThrough(zxid: Zxid): void {
    if (zxid <= this.#lastCommitted) return;
    const end = this.history.positionAfter(zxid);
    if (end === undefined)
      throw new InvariantError(`commit of ${zxid}, which the log up to ${this.history.last} lacks`);
    this.#lastCommitted = zxid;
    this.#committedEnd = end;
  }

  /** Our own checkpoint has reached `zxid`. */
  checkpointed(zxid: Zxid): void {
    invariant(
      zxid <= this.history.zxidBefore(this.#appliedEnd),
      `checkpoint ${zxid} beyond what was applied`,
    );
    if (zxid > this.#checkpoint) this.#checkpoint = zxid;
  }

  /** A leader's checkpoint at `zxid` has replaced log and tree. */
  installed(zxid: Zxid): void {
    invariant(this.installing, `checkpoint ${zxid} was installed without a request`);
    invariant(zxid >= this.#lastCommitted, `installed checkpoint ${zxid} is below ${this.#lastCommitted}`);
    this.installing = false;
    this.history.reset(zxid);
    this.persistence.reset(zxid);
    this.#checkpoint = zxid;
    this.#lastCommitted = zxid;
    this.#committedEnd = this.history.end;
    this.#appliedEnd = this.history.end;
    this.outbox.resetTo = zxid;
  }

  /** Sends this member's notification to all connected members, if it differs from the last one. */
  announce(standing: Standing): void {
    this.#standing = standing;
    const notification = this.#notification();
    if (this.#announced !== undefined && sameNotification(this.#announced, notification)) return;
    this.announceAgain();
  }

  announceAgain(): void {
    this.#announced = this.#notification();
    for (const peer of this.connected) this.outbox.send(peer, this.#announced);
  }

  announceTo(peer: ServerId): void {
    this.send(peer, this.#notification());
  }

  /** Answers a member that acts as our leader and is not, once per tick, so that it learns that it no longer leads. */
  correct(peer: ServerId): void {
    if (this.#corrected.has(peer)) return;
    this.#corrected.add(peer);
    this.announceTo(peer);
  }

  handleTick(): void {
    if (this.#corrected.size > 0) this.#corrected.clear();
    if (this.resignedTicks > 0) this.resignedTicks -= 1;
  }

  takeReady(): Ready {
    const batch = this.persistence.take(this.history.last);
    const committed =
      this.#appliedEnd < this.#committedEnd ? this.history.slice(this.#appliedEnd, this.#committedEnd) : [];
    this.#appliedEnd = this.#committedEnd;
    const stretch = this.snapshotsUnderway > 0 ? HISTORY_STRETCH : 1;
    const { historyEntriesMax, historyBytesMax } = this.settings;
    this.history.trim(this.#checkpoint, historyEntriesMax * stretch, historyBytesMax * stretch);
    return this.outbox.take(batch, committed);
  }

  check(): void {
    invariant(this.#appliedEnd <= this.#committedEnd, 'applied beyond the commit point');
    invariant(this.#lastCommitted <= this.history.last, 'committed beyond the log');
    invariant(this.persistence.lastDurable <= this.history.last, 'durable beyond the log');
    invariant(this.history.base <= this.#checkpoint, 'history trimmed beyond the checkpoint');
  }

  #hasQuorum(): boolean {
    return this.settings.quorum.isQuorum(new Set([...this.#connected, this.id]));
  }

  #notification(): Notification {
    return {
      type: 'notification',
      ...this.#standing,
      ...this.credentials,
      round: this.round,
      electable: this.electable,
    };
  }
}

/** The log in memory: the entries on disk, or only the checkpoint if the log ends before it. */
function historyOf({ checkpointZxid, entries }: DurableState): History {
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined || last.zxid < checkpointZxid) {
    return new History(checkpointZxid);
  }
  if (first.zxid > checkpointZxid) return filled(new History(checkpointZxid), entries, 0);
  // The zxid before the first entry is known only if it is of the same epoch. Otherwise that entry itself
  // serves as the base: it is committed anyway.
  return counterOf(first.zxid) > 1
    ? filled(new History(toZxid(first.zxid - 1)), entries, 0)
    : filled(new History(first.zxid), entries, 1);
}

function filled(history: History, entries: readonly Entry[], from: number): History {
  for (let i = from; i < entries.length; i++) history.append(entries[i] as Entry);
  return history;
}
