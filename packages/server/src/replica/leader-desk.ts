import { ErrorNumber, OpCode, unreachable, type Zxid } from '@conclave/protocol';
import { type Applied, encodeCommand, peekPayload, stampTime, type Tree, type Txn } from '@conclave/tree';
import type { FollowerStatus, ServerId } from '@conclave/zab';
import type { Clock } from '../environment/environment.ts';
import type { FromDesk, SessionClaim, ToDesk } from '../peers/link-messages.ts';
import { SizeSummary } from '../stats/size-summary.ts';
import { LEADER_XID, ProposalQueue } from './proposal-queue.ts';
import { SessionOwners } from './session-owners.ts';

export interface LeaderDeskOptions {
  readonly id: ServerId;
  readonly clock: Clock;
  /** The time that a session is given beyond its timeout before it expires. */
  readonly expirySlackMs: number;
  /** Limit of proposals that are logged and not committed yet. More proposals wait. */
  readonly outstandingMax: number;
  /** The time of the last transaction applied, by its leader's clock. This leader's times must not be earlier. */
  readonly lastTimeMs: number;
  readonly send: (to: ServerId, message: FromDesk) => void;
}

/** The broadcast protocol, as the desk uses it. */
export interface Broadcast {
  readonly canPropose: boolean;
  readonly lastLogged: Zxid;
  readonly outstanding: number;
  propose(payloads: readonly Uint8Array[]): void;
  confirmLeadership(request: number): void;
  /** Applies everything that is committed to the tree. */
  applyCommitted(): void;
}

interface IndexRequest {
  readonly from: ServerId;
  readonly request: number;
}

/**
 * The part that only the leader has, for the servers that follow it and for its own clients. It puts requests into one
 * order, knows which server has the connection of which session, ends sessions and nodes whose time is over, and
 * answers how far the history has come. A desk exists for one leadership; the next begins with an empty one.
 */
export class LeaderDesk {
  /** When this leadership began to serve, by the monotonic clock. */
  readonly sinceMs: number;
  readonly proposalBytes = new SizeSummary();
  readonly #options: LeaderDeskOptions;
  readonly #tree: Tree;
  readonly #broadcast: Broadcast;
  readonly #attached = new Set<ServerId>();
  readonly #sessions: SessionOwners;
  readonly #queue = new ProposalQueue();
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
    this.sinceMs = options.clock.monotonicMs();
    this.#sessions = new SessionOwners(tree, options.clock, options.expirySlackMs);
  }

  get waiting(): number {
    return this.#queue.length;
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

  /** The times at which sessions expire if no further sign of life comes, soonest first, with the sessions. */
  sessionDeadlines(): ReturnType<SessionOwners['deadlines']> {
    return this.#sessions.deadlines();
  }

  /** A message from a server that follows, or from this one. */
  handle(from: ServerId, message: ToDesk): void {
    if (message.type === 'attach') {
      this.#attach(from, message.sessions);
      return;
    }
    // Messages that a server sent while it followed another leader, or before it was synchronised again, are void.
    if (!this.#attached.has(from)) return;
    switch (message.type) {
      case 'forward':
        for (const payload of message.payloads) this.#accept(from, payload);
        return;
      case 'touch':
        this.#sessions.touch(from, message.sessions);
        return;
      case 'readIndex':
        this.#indexRequests.push({ from, request: message.request });
        return;
      case 'revalidate':
        this.#revalidate(from, message.request, message.sessionId, message.password);
        return;
      default:
        unreachable(message);
    }
  }

  /** The stream to a server has ended. The server will send again what is not proposed yet. */
  detach(server: ServerId): void {
    if (!this.#attached.delete(server)) return;
    this.#queue.dropFrom(server);
    this.#dropQuestionsFrom(server);
    this.#sessions.detach(server);
  }

  /** Detaches the servers that do not follow any more. The stream of a silent server may still look alive. */
  keep(followers: readonly FollowerStatus[]): void {
    for (const server of this.#attached) {
      if (server === this.#options.id) continue;
      if (!followers.some(({ id, phase }) => id === server && phase === 'broadcast')) this.detach(server);
    }
  }

  /** Proposes the waiting requests, and asks for one proof of leadership for all questions. */
  work(): void {
    if (this.#indexRequests.length > 0) {
      const confirmation = this.#nextConfirmation++;
      this.#confirmations.set(confirmation, this.#indexRequests);
      this.#indexRequests = [];
      this.#broadcast.confirmLeadership(confirmation);
    }
    const { canPropose, outstanding } = this.#broadcast;
    const payloads = this.#queue.take(canPropose ? this.#options.outstandingMax - outstanding : 0);
    if (payloads.length === 0) return;
    this.#lastTimeMs = Math.max(this.#lastTimeMs, this.#options.clock.wallMs());
    for (const payload of payloads) {
      stampTime(payload, this.#lastTimeMs);
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

  /** Follows what transactions do to sessions and nodes as they are applied. */
  applied(txn: Txn, applied: Applied): void {
    this.#lastTimeMs = Math.max(this.#lastTimeMs, txn.time);
    if (txn.command.op === OpCode.deleteContainer && this.#expiring > 0) this.#expiring--;
    this.#sessions.applied(txn, applied);
  }

  /** Closes the expired sessions; to be called every `intervalMs`. Returns how many. */
  expireSessions(intervalMs: number): number {
    const expired = this.#sessions.sweep(intervalMs);
    for (const sessionId of expired) {
      const payload = encodeCommand(
        { origin: this.#options.id, sessionId, xid: LEADER_XID, confirmed: 0, native: false },
        { op: OpCode.closeSession, reason: 'expired' },
      );
      this.#queue.push(this.#options.id, payload);
    }
    return expired.length;
  }

  /**
   * Proposes the removal of empty containers and of nodes whose time to live is over; to be called at intervals. Returns
   * how many. The next ones are proposed when these are gone, so that clients' writes go on in between.
   */
  expireNodes(): number {
    if (this.#expiring > 0) return 0;
    const nowMs = Math.max(this.#lastTimeMs, this.#options.clock.wallMs());
    const next = this.#tree.nextExpiry;
    if (next === undefined || next > nowMs) return 0;
    for (const command of this.#tree.expirable(nowMs, EXPIRED_NODES_MAX)) {
      const fields = { origin: this.#options.id, sessionId: 0, xid: LEADER_XID, confirmed: 0, native: false };
      this.#queue.push(this.#options.id, encodeCommand(fields, command));
      this.#expiring++;
    }
    return this.#expiring;
  }

  #accept(from: ServerId, payload: Uint8Array): void {
    const { sessionId, xid } = peekPayload(payload);
    if (sessionId !== 0 && !this.#sessions.maySend(from, sessionId, this.#broadcast.lastLogged)) {
      this.#options.send(from, { type: 'refused', sessionId, xid, error: ErrorNumber.SESSION_MOVED });
      return;
    }
    this.#queue.push(from, payload);
  }

  #attach(from: ServerId, claims: readonly SessionClaim[]): void {
    this.#queue.dropFrom(from);
    this.#dropQuestionsFrom(from);
    this.#attached.add(from);
    const moved: number[] = [];
    for (const claim of claims) {
      if (this.#sessions.hasMoved(from, claim)) {
        moved.push(claim.id);
        continue;
      }
      const before = this.#sessions.claim(from, claim);
      if (before !== undefined) this.#disown(before, claim.id);
    }
    this.#options.send(from, { type: 'attached', barrier: this.#broadcast.lastLogged, moved });
  }

  #revalidate(from: ServerId, request: number, sessionId: number, password: Uint8Array): void {
    // The server that asks may have applied more than this one.
    if (this.#tree.session(sessionId) === undefined) this.#broadcast.applyCommitted();
    if (!this.#sessions.revalidate(sessionId, password)) {
      this.#options.send(from, { type: 'sessionUnknown', request });
      return;
    }
    const before = this.#sessions.claim(from, { id: sessionId, since: this.#broadcast.lastLogged });
    if (before !== undefined) this.#disown(before, sessionId);
    else this.#queue.supersede(sessionId);
    const fields = { origin: from, sessionId, xid: request, confirmed: 0, native: false };
    this.#queue.push(from, encodeCommand(fields, { op: OpCode.moveSession }));
  }

  /** Another server than `server` has the session now. */
  #disown(server: ServerId, sessionId: number): void {
    this.#queue.supersede(sessionId);
    this.#options.send(server, { type: 'refused', sessionId, xid: 0, error: ErrorNumber.SESSION_MOVED });
  }

  /** A server that restarts could use a question's number again, so an old answer must not look like a new one. */
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

/** Number of nodes that are removed at once, with a pause before the next. */
const EXPIRED_NODES_MAX = 200;
