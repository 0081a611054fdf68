import { ErrorNumber, OpCode, type Zxid } from '@conclave/protocol';
import { type Applied, encodeCommand, peekPayload, stampTime, type Tree, type Txn } from '@conclave/tree';
import type { FollowerStatus, ServerId } from '@conclave/zab';
import type { Clock } from '../environment/environment.ts';
import type { FromDesk, ToDesk } from '../peers/link-messages.ts';
import { SizeSummary } from '../stats/size-summary.ts';
import { samePassword } from './session-password.ts';
import { SessionTracker } from './session-tracker.ts';

export interface LeaderDeskOptions {
  readonly id: ServerId;
  readonly clock: Clock;
  /** What a session is given beyond its timeout before it expires. */
  readonly expirySlackMs: number;
  /** Proposals that may be logged and not yet committed; more wait. */
  readonly outstandingMax: number;
  /** The time of the last transaction applied, by its leader's clock; this one's must not go back behind it. */
  readonly lastTimeMs: number;
  readonly send: (to: ServerId, message: FromDesk) => void;
}

/** How the desk reaches the broadcast protocol. */
export interface Broadcast {
  readonly canPropose: boolean;
  readonly lastLogged: Zxid;
  readonly outstanding: number;
  propose(payloads: readonly Uint8Array[]): void;
  confirmLeadership(request: number): void;
  /** Has the tree catch up with what is committed. */
  applyCommitted(): void;
}

interface Owner {
  server: ServerId;
  since: Zxid;
}

interface Waiting {
  readonly from: ServerId;
  readonly payload: Uint8Array;
}

interface IndexRequest {
  readonly from: ServerId;
  readonly request: number;
}

/**
 * What only the leader does for the servers that follow it (and for its own clients): puts requests into one
 * order, knows which server holds the connection of which session, expires sessions, and answers where the
 * history stood. It exists for one leadership; another begins with an empty desk.
 */
export class LeaderDesk {
  /** When this leadership began to serve, by the monotonic clock. */
  readonly sinceMs: number;
  readonly proposalBytes = new SizeSummary();
  readonly #options: LeaderDeskOptions;
  readonly #tree: Tree;
  readonly #broadcast: Broadcast;
  readonly #tracker: SessionTracker;
  readonly #attached = new Set<ServerId>();
  readonly #owners = new Map<number, Owner>();
  /** Who passed on the last sign of life of a session without being its owner: it has the heartbeats. */
  readonly #vouchers = new Map<number, ServerId>();
  #waiting: Waiting[] = [];
  /** Sessions that have another connection, and how many requests were waiting then: theirs among those are void. */
  readonly #superseded = new Map<number, number>();
  #indexRequests: IndexRequest[] = [];
  readonly #confirmations = new Map<number, IndexRequest[]>();
  #nextConfirmation = 1;
  #proposals = 0;
  /** Nodes whose removal is on its way. */
  #expiring = 0;
  #lastTimeMs: number;

  constructor(options: LeaderDeskOptions, tree: Tree, broadcast: Broadcast) {
    this.#options = options;
    this.#lastTimeMs = options.lastTimeMs;
    this.#tree = tree;
    this.#broadcast = broadcast;
    const nowMs = options.clock.monotonicMs();
    this.sinceMs = nowMs;
    this.#tracker = new SessionTracker(options.expirySlackMs, nowMs);
    for (const session of tree.sessions()) this.#tracker.track(session.id, session.timeoutMs, nowMs);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Proposals made in this leadership. */
  get proposals(): number {
    return this.#proposals;
  }

  /** Questions for the end of the history that wait for a quorum. */
  get pendingSyncs(): number {
    let pending = this.#indexRequests.length;
    for (const requests of this.#confirmations.values()) pending += requests.length;
    return pending;
  }

  /** When sessions expire if nothing more is heard of them, soonest first, and which. */
  sessionDeadlines(): ReturnType<SessionTracker['deadlines']> {
    return this.#tracker.deadlines();
  }

  /** A message from a server that follows, or from this one. */
  handle(from: ServerId, message: ToDesk): void {
    if (message.type === 'attach') {
      this.#attach(from, message.sessions);
      return;
    }
    // What a server sent while it followed somebody else, or before it was synchronised anew, is void.
    if (!this.#attached.has(from)) return;
    switch (message.type) {
      case 'forward':
        for (const payload of message.payloads) this.#accept(from, payload);
        return;
      case 'touch': {
        const nowMs = this.#options.clock.monotonicMs();
        for (const id of message.sessions) {
          if (this.#tracker.touch(id, nowMs) && this.#owners.get(id)?.server !== from) {
            this.#vouchers.set(id, from);
          }
        }
        return;
      }
      case 'readIndex':
        this.#indexRequests.push({ from, request: message.request });
        return;
      case 'revalidate':
        this.#revalidate(from, message.request, message.sessionId, message.password);
        return;
      default:
        message satisfies never;
    }
  }

  /** The stream to a server has ended: what it had sent and is not proposed yet it will send again. */
  detach(server: ServerId): void {
    if (!this.#attached.delete(server)) return;
    this.#dropWaitingFrom(server);
    this.#dropQuestionsFrom(server);
    // Its clients were answered until it noticed, too, and what it had yet to pass on is lost: their time starts anew.
    const nowMs = this.#options.clock.monotonicMs();
    for (const [id, owner] of this.#owners) if (owner.server === server) this.#tracker.touch(id, nowMs);
    for (const [id, voucher] of this.#vouchers) {
      if (voucher !== server) continue;
      this.#vouchers.delete(id);
      this.#tracker.touch(id, nowMs);
    }
  }

  /** Detaches the servers that follow no more: one that fell silent may have a stream that looks alive. */
  keep(followers: readonly FollowerStatus[]): void {
    for (const server of this.#attached) {
      if (server === this.#options.id) continue;
      if (!followers.some(({ id, phase }) => id === server && phase === 'broadcast')) this.detach(server);
    }
  }

  /** Proposes what is waiting and asks for the proofs of leadership that are wanted, one round for all. */
  work(): void {
    if (this.#indexRequests.length > 0) {
      const confirmation = this.#nextConfirmation++;
      this.#confirmations.set(confirmation, this.#indexRequests);
      this.#indexRequests = [];
      this.#broadcast.confirmLeadership(confirmation);
    }
    this.#dropSuperseded();
    const room = this.#options.outstandingMax - this.#broadcast.outstanding;
    if (this.#waiting.length === 0 || room <= 0 || !this.#broadcast.canPropose) return;
    const batch = this.#waiting.length <= room ? this.#waiting : this.#waiting.slice(0, room);
    this.#waiting = this.#waiting.length <= room ? [] : this.#waiting.slice(room);
    this.#lastTimeMs = Math.max(this.#lastTimeMs, this.#options.clock.wallMs());
    const payloads: Uint8Array[] = [];
    for (const { payload } of batch) {
      stampTime(payload, this.#lastTimeMs);
      payloads.push(payload);
      this.proposalBytes.add(payload.length);
    }
    this.#proposals += payloads.length;
    this.#broadcast.propose(payloads);
  }

  confirmed(confirmation: number, zxid: Zxid): void {
    const requests = this.#confirmations.get(confirmation);
    this.#confirmations.delete(confirmation);
    for (const { from, request } of requests ?? []) {
      this.#options.send(from, { type: 'readIndexed', request, zxid });
    }
  }

  /** Follows the sessions' fates as transactions are applied. */
  applied(txn: Txn, applied: Applied): void {
    this.#lastTimeMs = Math.max(this.#lastTimeMs, txn.time);
    if (txn.command.op === OpCode.deleteContainer && this.#expiring > 0) this.#expiring--;
    if (applied.sessionCreated !== undefined) {
      const { id, timeoutMs } = applied.sessionCreated;
      this.#tracker.track(id, timeoutMs, this.#options.clock.monotonicMs());
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

  /** Closes the sessions whose time is over; to be called every `intervalMs`. Returns how many. */
  expireSessions(intervalMs: number): number {
    const expired = this.#tracker.sweep(this.#options.clock.monotonicMs(), intervalMs);
    for (const sessionId of expired) {
      const payload = encodeCommand(
        { origin: this.#options.id, sessionId, xid: EXPIRY_XID, confirmed: 0, native: false },
        { op: OpCode.closeSession, reason: 'expired' },
      );
      this.#waiting.push({ from: this.#options.id, payload });
    }
    return expired.length;
  }

  /**
   * Proposes the removal of containers that are empty and of nodes whose time to live is over; to be called now and
   * then. Returns how many: the next ones come when these are gone, so that clients' writes go on between them.
   */
  expireNodes(): number {
    if (this.#expiring > 0) return 0;
    const nowMs = Math.max(this.#lastTimeMs, this.#options.clock.wallMs());
    const next = this.#tree.nextExpiry;
    if (next === undefined || next > nowMs) return 0;
    for (const command of this.#tree.expirable(nowMs, EXPIRED_NODES_MAX)) {
      const fields = { origin: this.#options.id, sessionId: 0, xid: EXPIRY_XID, confirmed: 0, native: false };
      this.#waiting.push({ from: this.#options.id, payload: encodeCommand(fields, command) });
      this.#expiring++;
    }
    return this.#expiring;
  }

  #accept(from: ServerId, payload: Uint8Array): void {
    const { sessionId, xid } = peekPayload(payload);
    if (sessionId !== 0) {
      const owner = this.#owners.get(sessionId);
      if (owner === undefined) {
        if (this.#tree.session(sessionId) !== undefined) {
          this.#owners.set(sessionId, { server: from, since: this.#broadcast.lastLogged });
        }
      } else if (owner.server !== from) {
        this.#options.send(from, { type: 'refused', sessionId, xid, error: ErrorNumber.SESSION_MOVED });
        return;
      }
      this.#tracker.touch(sessionId, this.#options.clock.monotonicMs());
    }
    this.#waiting.push({ from, payload });
  }

  #attach(from: ServerId, sessions: readonly { id: number; since: Zxid }[]): void {
    this.#dropWaitingFrom(from);
    this.#dropQuestionsFrom(from);
    this.#attached.add(from);
    const nowMs = this.#options.clock.monotonicMs();
    const moved: number[] = [];
    for (const { id, since } of sessions) {
      const owner = this.#owners.get(id);
      if (owner !== undefined && owner.server !== from && owner.since >= since) {
        moved.push(id);
        continue;
      }
      if (owner !== undefined && owner.server !== from) this.#disown(owner.server, id);
      if (this.#tree.session(id) !== undefined) this.#owners.set(id, { server: from, since });
      this.#tracker.touch(id, nowMs);
    }
    this.#options.send(from, { type: 'attached', barrier: this.#broadcast.lastLogged, moved });
  }

  #revalidate(from: ServerId, request: number, sessionId: number, password: Uint8Array): void {
    // The server that asks may have applied more than this one.
    if (this.#tree.session(sessionId) === undefined) this.#broadcast.applyCommitted();
    const session = this.#tree.session(sessionId);
    const valid =
      session !== undefined &&
      samePassword(session.password, password) &&
      this.#tracker.touch(sessionId, this.#options.clock.monotonicMs());
    if (!valid) {
      this.#options.send(from, { type: 'sessionUnknown', request });
      return;
    }
    const owner = this.#owners.get(sessionId);
    if (owner !== undefined && owner.server !== from) this.#disown(owner.server, sessionId);
    else this.#dropWaitingOf(sessionId);
    this.#owners.set(sessionId, { server: from, since: this.#broadcast.lastLogged });
    const fields = { origin: from, sessionId, xid: request, confirmed: 0, native: false };
    this.#waiting.push({ from, payload: encodeCommand(fields, { op: OpCode.moveSession }) });
  }

  #disown(server: ServerId, sessionId: number): void {
    this.#dropWaitingOf(sessionId);
    this.#options.send(server, { type: 'refused', sessionId, xid: 0, error: ErrorNumber.SESSION_MOVED });
  }

  /** The session has another connection. What it sent over the last one and is not proposed yet never will be. */
  #dropWaitingOf(sessionId: number): void {
    if (this.#waiting.length > 0) this.#superseded.set(sessionId, this.#waiting.length);
  }

  /** One pass for all sessions that have come back: after a server's end they are many, and so are the requests. */
  #dropSuperseded(): void {
    if (this.#superseded.size === 0) return;
    this.#waiting = this.#waiting.filter(({ payload }, index) => {
      const end = this.#superseded.get(peekPayload(payload).sessionId);
      return end === undefined || index >= end || isOwn(payload);
    });
    this.#superseded.clear();
  }

  #dropWaitingFrom(server: ServerId): void {
    this.#dropSuperseded();
    if (this.#waiting.some((item) => item.from === server)) {
      this.#waiting = this.#waiting.filter((item) => item.from !== server || isExpiry(item.payload));
    }
  }

  /** In its next life a server counts its questions from 1 again: an old answer must not look like a new one. */
  #dropQuestionsFrom(server: ServerId): void {
    this.#indexRequests = this.#indexRequests.filter(({ from }) => from !== server);
    for (const [confirmation, requests] of this.#confirmations) {
      this.#confirmations.set(
        confirmation,
        requests.filter(({ from }) => from !== server),
      );
    }
  }
}

/** No client's request has this number. */
const EXPIRY_XID = 0;
/** So many nodes are removed at once, with a pause before the next. */
const EXPIRED_NODES_MAX = 200;

/** Whether the desk itself put this into the order. */
function isOwn(payload: Uint8Array): boolean {
  return isExpiry(payload) || peekPayload(payload).opcode === OpCode.moveSession;
}

/** Of a session or a node. */
function isExpiry(payload: Uint8Array): boolean {
  const { opcode, xid } = peekPayload(payload);
  return xid === EXPIRY_XID && (opcode === OpCode.closeSession || opcode === OpCode.deleteContainer);
}
