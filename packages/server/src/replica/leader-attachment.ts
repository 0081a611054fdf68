import { unreachable, type Zxid } from '@conclave/protocol';
import type { Applied, Txn } from '@conclave/tree';
import type { ServerId, ZabStatus } from '@conclave/zab';
import type { Logger } from 'pino';
import type { FromDesk, SessionClaim, ToDesk } from '../peers/link-messages.ts';
import type { PeerLinks } from '../peers/peer-links.ts';
import type { Applier } from './applier.ts';
import { inFrames } from './forward-frames.ts';
import { LeaderContact, type LeaderContactOptions } from './leader-contact.ts';
import { type Broadcast, LeaderDesk } from './leader-desk.ts';

export interface LeaderAttachmentOptions extends LeaderContactOptions {
  readonly log: Logger;
  /** See `LeaderDeskOptions`. */
  readonly expirySlackMs: number;
  readonly outstandingMax: number;
  readonly links: Pick<PeerLinks, 'send'>;
  /** Holds the state, as far as it has been applied. */
  readonly applier: Pick<Applier, 'tree'>;
  readonly broadcast: Broadcast;
  /** Has `work` called at the end of this turn of the event loop. */
  readonly scheduleWork: () => void;
}

/** What the attachment tells the doors. */
export interface LeaderAttachmentListener {
  /** There is a leader, and everything that could have come of earlier requests has been applied. */
  onServing(): void;
  onNotServing(): void;
  onReadIndex(request: number, zxid: Zxid): void;
  /** There is no such session, or not with that password. */
  onSessionUnknown(request: number): void;
  /** A session whose connection is here: another server has it now. */
  onSessionMoved(sessionId: number): void;
  /** The sessions whose connections are here. */
  sessionClaims(): SessionClaim[];
}

type Standing = Pick<ZabStatus, 'role' | 'phase' | 'leader' | 'epoch'>;

/** Well below what a frame between servers may hold. */
const FORWARD_BYTES_MAX = 4 * 1024 * 1024;

/**
 * This server's attachment to the desk of its leader, which may be itself: what it wants goes there, and the answers
 * come from there. It begins and ends with the broadcast. The desk tells how far the history had come; when all that
 * has been applied, this server serves.
 */
export class LeaderAttachment {
  readonly #options: LeaderAttachmentOptions;
  readonly #listener: LeaderAttachmentListener;
  readonly #contact: LeaderContact;
  #isBroadcasting = false;
  #leader: ServerId | undefined;
  #desk: LeaderDesk | undefined;
  #forwards: Uint8Array[] = [];
  /** To be applied before this server serves. */
  #barrier: Zxid | undefined;
  #isServing = false;
  #lastTimeMs = 0;
  #sessionsExpired = 0;

  constructor(options: LeaderAttachmentOptions, listener: LeaderAttachmentListener) {
    this.#options = options;
    this.#listener = listener;
    this.#contact = new LeaderContact(options);
  }

  /** While this server leads. */
  get desk(): LeaderDesk | undefined {
    return this.#desk;
  }

  /** Whether this server takes part in the broadcast of an established leader. */
  get isBroadcasting(): boolean {
    return this.#isBroadcasting;
  }

  get isServing(): boolean {
    return this.#isServing;
  }

  /** Whether this server serves, and was in touch with its leader of late: see `LeaderContact.isFresh`. */
  get isInTouch(): boolean {
    return this.#isServing && this.#contact.isFresh(this.#leader);
  }

  /** Sessions that this server has had closed because nothing was heard of them. */
  get sessionsExpired(): number {
    return this.#sessionsExpired;
  }

  isLedBy(server: ServerId): boolean {
    return this.#isBroadcasting && server === this.#leader;
  }

  heard(from: ServerId): void {
    this.#contact.heard(from);
  }

  /** To be called with every tick. After a pause, nothing is vouched for before the leader has answered anew. */
  noteAwake(): void {
    if (this.#contact.noteAwake() && this.#isBroadcasting) this.readIndex(this.#contact.doubt());
  }

  /** Begins and ends with the broadcast phase. */
  follow({ role, phase, leader, epoch }: Standing): void {
    this.#leader = leader;
    const isBroadcasting = phase === 'broadcast' && (role === 'leading' || role === 'following');
    if (isBroadcasting === this.#isBroadcasting) return;
    this.#isBroadcasting = isBroadcasting;
    this.#contact.begin();
    this.#options.log.info(
      { role, epoch, leader },
      isBroadcasting ? 'joined the broadcast' : 'left the broadcast',
    );
    if (isBroadcasting) this.#begin(role === 'leading');
    else this.#end();
  }

  /** Sends a write to the leader; dropped while this server does not serve, and when it ceases to. */
  submit(payload: Uint8Array): void {
    if (!this.#isServing) return;
    this.#forwards.push(payload);
    this.#options.scheduleWork();
  }

  /** Asks how far the history must be applied for a read that begins now. */
  readIndex(request: number): void {
    this.#toLeader({ type: 'readIndex', request });
  }

  /** Asks for a session that a client comes back with. The leader hears of what was submitted before it first. */
  revalidate(request: number, sessionId: number, password: Uint8Array): void {
    this.#forward();
    this.#toLeader({ type: 'revalidate', request, sessionId, password });
  }

  /** Passes on signs of life of sessions. */
  touch(sessions: readonly number[]): void {
    this.#toLeader({ type: 'touch', sessions });
  }

  /** A server that follows this one, if this one leads, wants something. */
  handleRequest(from: ServerId, message: ToDesk): void {
    this.#desk?.handle(from, message);
    this.#options.scheduleWork();
  }

  /** What a desk has said; only the present leader's counts. */
  handleAnswer(from: ServerId, message: FromDesk): void {
    if (this.isLedBy(from)) this.#handleAnswer(message);
  }

  /** Passes on what this turn of the event loop has brought in. */
  work(): void {
    this.#forward();
    this.#desk?.work();
  }

  /** A committed transaction has changed the state. */
  applied(txn: Txn, applied: Applied): void {
    this.#lastTimeMs = txn.time;
    this.#desk?.applied(txn, applied);
  }

  /** Serves as soon as everything has been applied that could have come of earlier requests. */
  maybeServe(): void {
    if (this.#isServing || this.#barrier === undefined) return;
    if (this.#options.applier.tree.lastZxid < this.#barrier) return;
    this.#isServing = true;
    this.#listener.onServing();
  }

  /** Ends what has lived its time, if this server leads; to be called every `intervalMs`. */
  expire(intervalMs: number): void {
    const expired = this.#desk?.expireSessions(intervalMs) ?? 0;
    this.#sessionsExpired += expired;
    const removals = this.#desk?.expireNodes() ?? 0;
    if (expired + removals > 0) this.#options.scheduleWork();
  }

  #begin(isLeading: boolean): void {
    if (isLeading) this.#desk = this.#makeDesk();
    this.#toLeader({ type: 'attach', sessions: this.#listener.sessionClaims() });
  }

  #end(): void {
    this.#desk = undefined;
    this.#barrier = undefined;
    this.#forwards = [];
    if (!this.#isServing) return;
    this.#isServing = false;
    this.#listener.onNotServing();
  }

  #makeDesk(): LeaderDesk {
    const { id, clock, expirySlackMs, outstandingMax, links, applier, broadcast } = this.#options;
    // The tree lags behind the history that has just become committed: the desk must see its sessions.
    broadcast.applyCommitted();
    return new LeaderDesk(
      {
        id,
        clock,
        expirySlackMs,
        outstandingMax,
        lastTimeMs: this.#lastTimeMs,
        send: (to, message) => {
          if (to === id) this.#handleAnswer(message);
          else links.send(to, message);
        },
      },
      applier.tree,
      broadcast,
    );
  }

  #handleAnswer(message: FromDesk): void {
    switch (message.type) {
      case 'attached':
        for (const id of message.moved) this.#listener.onSessionMoved(id);
        this.#barrier = message.barrier;
        this.maybeServe();
        return;
      case 'sessionUnknown':
        this.#listener.onSessionUnknown(message.request);
        return;
      case 'readIndexed':
        if (!this.#contact.settle(message.request)) this.#listener.onReadIndex(message.request, message.zxid);
        return;
      case 'refused':
        this.#listener.onSessionMoved(message.sessionId);
        return;
      default:
        unreachable(message);
    }
  }

  /** After a change of leader all that is unanswered goes at once: more than one frame holds. */
  #forward(): void {
    if (this.#forwards.length === 0 || !this.#isServing) return;
    const all = this.#forwards;
    this.#forwards = [];
    for (const payloads of inFrames(all, FORWARD_BYTES_MAX)) this.#toLeader({ type: 'forward', payloads });
  }

  #toLeader(message: ToDesk): void {
    if (!this.#isBroadcasting || this.#leader === undefined) return;
    if (this.#leader === this.#options.id) this.#desk?.handle(this.#leader, message);
    else this.#options.links.send(this.#leader, message);
    this.#options.scheduleWork();
  }
}
