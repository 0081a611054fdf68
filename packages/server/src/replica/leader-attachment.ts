import { InvariantError, unreachable, type Zxid } from '@conclave/protocol';
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
  /** Holds the state as far as it has been applied. */
  readonly applier: Pick<Applier, 'tree'>;
  readonly broadcast: Broadcast;
  /** Has `work` called at the end of this turn of the event loop. */
  readonly scheduleWork: () => void;
}

/** The part of this server that learns of the leader's answers. */
export interface LeaderAttachmentListener {
  /** There is a leader, and every outcome that earlier requests can have has been applied. */
  onServing(): void;
  onNotServing(): void;
  onReadIndex(request: number, zxid: Zxid): void;
  /** There is no such session, or not with that password. */
  onSessionUnknown(request: number): void;
  /** A session has its connection here, but belongs to another server now. */
  onSessionMoved(sessionId: number): void;
  /** The sessions that have their connection here. */
  sessionClaims(): SessionClaim[];
}

type Standing = Pick<ZabStatus, 'role' | 'phase' | 'leader' | 'epoch'>;

/** Well below what a frame between servers may hold. */
const FORWARD_BYTES_MAX = 4 * 1024 * 1024;

/**
 * This server's attachment to the desk of its leader, which may be itself. Its requests go there, and the answers come
 * from there. The attachment begins and ends with the broadcast. The desk answers how far the history has come. When all
 * of that has been applied here, this server serves.
 */
export class LeaderAttachment {
  readonly #options: LeaderAttachmentOptions;
  readonly #listener: LeaderAttachmentListener;
  readonly #contact: LeaderContact;
  #isBroadcasting = false;
  #leader: ServerId | undefined;
  #desk: LeaderDesk | undefined;
  #forwards: Uint8Array[] = [];
  /** The zxid that must be applied before this server serves. */
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

  /** Sessions that this server, as leader, has closed because no sign of life came. */
  get sessionsExpired(): number {
    return this.#sessionsExpired;
  }

  isLedBy(server: ServerId): boolean {
    return this.#isBroadcasting && server === this.#leader;
  }

  noteMessage(from: ServerId): void {
    this.#contact.noteMessage(from);
  }

  /** To be called with every tick. After a pause, this server vouches for nothing before the leader has answered. */
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

  /** Sends a write to the leader. Writes are dropped while this server does not serve, and when it stops serving. */
  submit(payload: Uint8Array): void {
    if (!this.#isServing) return;
    this.#forwards.push(payload);
    this.#options.scheduleWork();
  }

  /** Asks how far the history must be applied for a read that begins now. */
  readIndex(request: number): void {
    this.#toLeader({ type: 'readIndex', request });
  }

  /** Asks for the session of a client that comes back. Writes that were submitted before reach the leader first. */
  revalidate(request: number, sessionId: number, password: Uint8Array): void {
    this.#forward();
    this.#toLeader({ type: 'revalidate', request, sessionId, password });
  }

  /** Passes on signs of life of sessions. */
  touch(sessions: readonly number[]): void {
    this.#toLeader({ type: 'touch', sessions });
  }

  /** Handles a request of a follower, if this server leads. */
  handleRequest(from: ServerId, message: ToDesk): void {
    this.#desk?.handle(from, message);
    this.#options.scheduleWork();
  }

  /** Handles the answer of a desk. Only answers of the present leader count. */
  handleAnswer(from: ServerId, message: FromDesk): void {
    if (this.isLedBy(from)) this.#handleAnswer(message);
  }

  /** Passes on everything that has come in during this turn of the event loop. */
  work(): void {
    this.#forward();
    this.#desk?.work();
  }

  /** A committed transaction has changed the state. */
  applied(txn: Txn, applied: Applied): void {
    this.#lastTimeMs = txn.time;
    this.#desk?.applied(txn, applied);
  }

  /** Begins to serve if every outcome that earlier requests can have has been applied. */
  maybeServe(): void {
    if (this.#isServing || this.#barrier === undefined) return;
    if (this.#options.applier.tree.lastZxid < this.#barrier) return;
    this.#isServing = true;
    this.#listener.onServing();
  }

  /** Ends the sessions and nodes whose time is over, if this server leads; to be called every `intervalMs`. */
  expire(intervalMs: number): void {
    const expired = this.#desk?.expireSessions(intervalMs) ?? 0;
    this.#sessionsExpired += expired;
    const removals = this.#desk?.expireNodes() ?? 0;
    if (expired + removals > 0) this.#options.scheduleWork();
  }

  #begin(isLeading: boolean): void {
    if (this.#desk !== undefined) throw new InvariantError('a leadership begins with the desk of another');
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
    // The tree is behind the history that has just been committed, and the desk must know the sessions in that.
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

  /** After a change of leader all unanswered writes go at once. They can be more than fit into a frame. */
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
