import type { Zxid } from '@conclave/protocol';
import type { Recovered, Storage, StorageError } from '@conclave/storage';
import type { Applied, Tree, Txn } from '@conclave/tree';
import {
  Peer,
  type Quorum,
  type Ready,
  type RoleName,
  type ServerId,
  type ZabEvent,
  type ZabOptions,
  type ZabStatus,
} from '@conclave/zab';
import { Applier } from './applier.ts';
import { Contact } from './contact.ts';
import { DigestLog, DivergedError } from './digest-log.ts';
import { inFrames } from './forward-frames.ts';
import { LeaderDesk } from './leader-desk.ts';
import type { LinkMessage, SessionClaim } from './link-messages.ts';
import type { PeerLinks, PeerLinksListener } from './peer-links.ts';
import { openState, ReplicaStorage, type ReplicaStorageOptions } from './replica-storage.ts';
import { SnapshotSender } from './snapshot-transfer.ts';

export interface ReplicaOptions extends ReplicaStorageOptions {
  readonly id: ServerId;
  readonly quorum: Quorum;
  readonly zab: Omit<ZabOptions, 'id' | 'quorum'>;
  readonly tickMs: number;
  readonly expirySlackMs: number;
  readonly outstandingMax: number;
  /** Has `work` called at the end of this turn of the event loop. */
  readonly scheduleWork: () => void;
  readonly observer?: ReplicaObserver | undefined;
}

/** Hears of everything that decides what this server's state is; for those who check it from outside. */
export interface ReplicaObserver {
  /** A committed transaction has changed `tree`. */
  onApplied(txn: Txn, applied: Applied, tree: Tree): void;
  /** The state is `tree` now: as it was recovered, or as a snapshot has replaced it. */
  onState(tree: Tree): void;
  /** Called at the end of every turn of the event loop in which there was something to do. */
  onStatus(status: ZabStatus): void;
}

/** What the replica tells the doors. All calls come from within the event loop's turn, in order. */
export interface ReplicaListener {
  /** A committed transaction has changed the tree. */
  onApplied(txn: Txn, applied: Applied): void;
  /** The transactions that were at hand have been applied. */
  onCaughtUp(): void;
  /** There is a leader, and everything that could have come of earlier requests has been applied. */
  onServing(): void;
  onNotServing(): void;
  /** The whole state was replaced by a snapshot. */
  onStateReplaced(): void;
  onReadIndex(request: number, zxid: Zxid): void;
  /** There is no such session, or not with that password. */
  onSessionUnknown(request: number): void;
  /** A session whose connection is here: another server has it now. */
  onSessionMoved(sessionId: number): void;
  /** The sessions whose connections are here. */
  sessionClaims(): SessionClaim[];
  onFatal(error: unknown): void;
}

const EXPIRY_INTERVAL_MS = 50;
/** Well below what a frame between servers may hold. */
const FORWARD_BYTES_MAX = 4 * 1024 * 1024;

/**
 * One member's part in the agreement: the broadcast protocol, its log, the tree that committed transactions
 * are applied to, and the way to the leader, whoever that is. Everything that came in during a turn of the
 * event loop is worked off at the turn's end: one batch of proposals, one log append, one write to each peer.
 */
export class Replica implements PeerLinksListener {
  readonly #options: ReplicaOptions;
  readonly #listener: ReplicaListener;
  readonly #links: PeerLinks;
  readonly #digests = new DigestLog();
  readonly #applier: Applier;
  readonly #cancels: (() => void)[] = [];
  readonly #contact: Contact;
  readonly #snapshots: SnapshotSender;
  readonly #storage: ReplicaStorage;
  #peer: Peer;
  #status: ZabStatus;
  #desk: LeaderDesk | undefined;
  #forwards: Uint8Array[] = [];
  #attachBarrier: Zxid | undefined;
  #broadcasting = false;
  #serving = false;
  #lastTimeMs = 0;
  #sessionsExpired = 0;
  #timesLooking = 0;
  #lastRole: RoleName | undefined;
  #closed = false;

  private constructor(
    options: ReplicaOptions,
    listener: ReplicaListener,
    storage: Storage,
    tree: Tree,
    makeLinks: MakeLinks,
  ) {
    const { clock, id, log, quorum, tickMs, zab } = options;
    this.#options = options;
    this.#listener = listener;
    this.#contact = new Contact({ id, quorum, clock, suspicionMs: tickMs * (zab.suspicionTicks ?? 14) });
    this.#applier = new Applier(tree, clock, (txn, applied, bytes) =>
      this.#handleApplied(txn, applied, bytes),
    );
    this.#storage = new ReplicaStorage(options, storage, {
      onPersisted: (sequence) => this.#step({ type: 'persisted', sequence }),
      onCheckpointed: (zxid) => this.#step({ type: 'checkpointed', zxid }),
      onSnapshotReceived: (peer, zxid) => this.#step({ type: 'snapshot-received', peer, zxid }),
      onSnapshotFailed: (peer) => this.#step({ type: 'snapshot-failed', peer }),
      onSnapshotInstalled: (zxid, installed) => {
        this.#replaceTree(installed);
        this.#step({ type: 'snapshot-installed', zxid });
      },
      onFailed: () => this.#step({ type: 'storage-failed' }),
      onReopened: (recovered, checkpoint) => this.#rejoin(recovered, checkpoint),
      lastApplied: () => this.tree.lastZxid,
      onFatal: (error) => listener.onFatal(error),
    });
    this.#peer = new Peer({ ...zab, id, quorum }, storage.recovered);
    this.#status = this.#peer.status();
    this.#links = makeLinks(this);
    this.#snapshots = new SnapshotSender({
      links: this.#links,
      clock,
      log,
      onEvent: (event) => this.#step(event),
      onSpoilt: (error) => listener.onFatal(error),
    });
    options.observer?.onState(tree);
  }

  /** Opens the storage and loads the state. Throws the storage's typed errors when it cannot be trusted. */
  static async open(
    options: ReplicaOptions,
    listener: ReplicaListener,
    makeLinks: MakeLinks,
  ): Promise<Replica> {
    const { storage, tree } = await openState(options);
    return new Replica(options, listener, storage, tree, makeLinks);
  }

  get tree(): Tree {
    return this.#applier.tree;
  }

  get status(): ZabStatus {
    return this.#status;
  }

  get links(): PeerLinks {
    return this.#links;
  }

  /** While this server leads. */
  get desk(): LeaderDesk | undefined {
    return this.#desk;
  }

  /** Digests of the state at some recent zxids. */
  get digests(): DigestLog {
    return this.#digests;
  }

  /** Sessions that this server has had closed because nothing was heard of them. */
  get sessionsExpired(): number {
    return this.#sessionsExpired;
  }

  /** How often this server has begun to look for a leader. */
  get timesLooking(): number {
    return this.#timesLooking;
  }

  get serving(): boolean {
    return this.#serving;
  }

  get failure(): StorageError | undefined {
    return this.#storage.failure;
  }

  /** How many servers vote. */
  get size(): number {
    return this.#options.quorum.members.size;
  }

  get durableCheckpoint(): Zxid {
    return this.#storage.checkpointer.zxid;
  }

  /**
   * Whether what this server says about sessions still holds: it serves, and it has heard of its leader (or,
   * leading, of a quorum) within the time after which they would have been given up.
   */
  get inTouch(): boolean {
    return this.#serving && this.#contact.isFresh(this.#status.leader);
  }

  async start(): Promise<void> {
    await this.#links.open();
    this.#every(this.#options.tickMs, () => {
      if (this.#contact.noteAwake() && this.#broadcasting) this.readIndex(this.#contact.doubt());
      this.#step({ type: 'tick' });
    });
    this.#every(EXPIRY_INTERVAL_MS, () => {
      const expired = this.#desk?.expireSessions(EXPIRY_INTERVAL_MS) ?? 0;
      this.#sessionsExpired += expired;
      const removals = this.#desk?.expireNodes() ?? 0;
      if (expired + removals > 0) this.#options.scheduleWork();
    });
    this.#options.scheduleWork();
  }

  /**
   * Sends a write to the leader. It comes back through `onApplied`. While this server does not serve it is
   * dropped, as is what the leader had not proposed when it went: `onServing` is the time to send it again.
   */
  submit(payload: Uint8Array): void {
    if (!this.#serving) return;
    this.#forwards.push(payload);
    this.#options.scheduleWork();
  }

  /** Asks how far the history must be applied for a read that begins now; answered by `onReadIndex`. */
  readIndex(request: number): void {
    this.#toLeader({ type: 'readIndex', request });
  }

  /**
   * Asks the leader for a session that a client comes back with; answered by a `moveSession` to this server, whose xid
   * is `request`, or by `onSessionUnknown`. The leader hears of what was submitted before it first.
   */
  revalidate(request: number, sessionId: number, password: Uint8Array): void {
    this.#forward();
    this.#toLeader({ type: 'revalidate', request, sessionId, password });
  }

  /** Passes on signs of life of sessions. */
  touch(sessions: readonly number[]): void {
    this.#toLeader({ type: 'touch', sessions });
  }

  /** A leader steps down, so that the others elect at once instead of finding out. */
  async handOver(): Promise<void> {
    if (this.#closed || !this.#broadcasting || this.#status.role !== 'leading') return;
    this.#peer.step({ type: 'resign' });
    this.work();
    await new Promise<void>((resolve) => this.#options.clock.endOfTurn(resolve));
  }

  /** Stops taking part, and closes the log when everything is in it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
    this.#snapshots.stopAll();
    await this.#links.close();
    await this.#storage.close();
  }

  onPeerConnected(peer: ServerId): void {
    this.#step({ type: 'peer-connected', peer });
  }

  onPeerDisconnected(peer: ServerId): void {
    this.#snapshots.stop(peer);
    this.#storage.stopReceiving(peer);
    this.#desk?.detach(peer);
    this.#step({ type: 'peer-disconnected', peer });
  }

  onPeerMessage(from: ServerId, message: LinkMessage): void {
    this.#contact.heard(from);
    this.#handle(from, message);
  }

  /** Tells the agreement protocol what happened; its consequences are worked off at the end of the turn. */
  #step(event: ZabEvent): void {
    if (this.#closed) return;
    try {
      this.#peer.step(event);
    } catch (error) {
      this.#listener.onFatal(error);
    }
    this.#options.scheduleWork();
  }

  #handle(from: ServerId, message: LinkMessage): void {
    switch (message.type) {
      case 'zab':
        this.#step({ type: 'message', from, message: message.message });
        return;
      case 'forward':
      case 'attach':
      case 'revalidate':
      case 'readIndex':
      case 'touch':
        this.#desk?.handle(from, message);
        this.#options.scheduleWork();
        return;
      case 'attached':
      case 'sessionUnknown':
      case 'readIndexed':
      case 'refused':
      case 'digest':
        if (this.#broadcasting && from === this.#status.leader) this.#handleFromLeader(message);
        return;
      case 'snapshotBegin':
      case 'snapshotChunk':
      case 'snapshotEnd':
        if (this.#storage.receive(from, message)) this.#step({ type: 'snapshot-progress', peer: from });
        return;
      case 'hello':
      case 'alive':
        return;
      default:
        message satisfies never;
    }
  }

  #handleFromLeader(message: FromLeader): void {
    switch (message.type) {
      case 'attached':
        for (const id of message.moved) this.#listener.onSessionMoved(id);
        this.#attachBarrier = message.barrier;
        this.#maybeServe();
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
      case 'digest':
        this.#compareDigest(message.zxid, message.digest);
        return;
      default:
        message satisfies never;
    }
  }

  #toLeader(message: ToLeader): void {
    const { leader } = this.#status;
    if (!this.#broadcasting || leader === undefined) return;
    if (leader === this.#options.id) this.#desk?.handle(leader, message);
    else this.#links.send(leader, message);
    this.#options.scheduleWork();
  }

  /** Works off what this turn of the event loop has brought in. */
  work(): void {
    if (this.#closed) return;
    this.#forward();
    this.#desk?.work();
    for (let isFirst = true; ; isFirst = false) {
      const ready = this.#peer.takeReady();
      if (!isFirst && isEmpty(ready)) break;
      this.#status = this.#peer.status();
      for (const { to, message } of ready.messages) this.#links.send(to, { type: 'zab', message });
      // Peers' disks work while ours does.
      this.#links.flush();
      for (const batch of ready.persist) this.#storage.persist(batch);
      if (ready.snapshotToInstall !== undefined) {
        this.#storage.installSnapshot(ready.snapshotToInstall.zxid);
      } else {
        this.#storage.discardSnapshot();
      }
      this.#applier.push(ready.committed);
      for (const { to } of ready.snapshotsToSend) this.#snapshots.send(to, this.#storage.current);
      this.#followRole();
      this.#desk?.keep(this.#status.followers);
      for (const { request, zxid } of ready.confirmed) this.#desk?.confirmed(request, zxid);
      if (isEmpty(ready)) break;
    }
    this.#apply();
    this.#links.flush();
    this.#options.observer?.onStatus(this.#status);
  }

  /** After a change of leader all that is unanswered goes at once: more than one frame holds. */
  #forward(): void {
    if (this.#forwards.length === 0 || !this.#serving) return;
    const all = this.#forwards;
    this.#forwards = [];
    for (const payloads of inFrames(all, FORWARD_BYTES_MAX)) this.#toLeader({ type: 'forward', payloads });
  }

  /** Enters and leaves service as the broadcast phase begins and ends. */
  #followRole(): void {
    const { role, phase, leader, epoch } = this.#status;
    if (role === 'looking' && this.#lastRole !== 'looking') this.#timesLooking++;
    this.#lastRole = role;
    const broadcasting = phase === 'broadcast' && (role === 'leading' || role === 'following');
    if (broadcasting === this.#broadcasting) return;
    this.#broadcasting = broadcasting;
    this.#contact.begin();
    this.#options.log.info(
      { role, epoch, leader },
      broadcasting ? 'joined the broadcast' : 'left the broadcast',
    );
    if (!broadcasting) {
      this.#desk = undefined;
      this.#attachBarrier = undefined;
      this.#forwards = [];
      this.#snapshots.stopAll();
      if (this.#serving) {
        this.#serving = false;
        this.#listener.onNotServing();
      }
      return;
    }
    if (role === 'leading') this.#desk = this.#makeDesk();
    this.#toLeader({ type: 'attach', sessions: this.#listener.sessionClaims() });
  }

  #makeDesk(): LeaderDesk {
    const peer = (): Peer => this.#peer;
    const { id, clock, expirySlackMs, outstandingMax } = this.#options;
    // The tree lags behind the history that has just become committed: the desk must see its sessions.
    this.#applyAll();
    return new LeaderDesk(
      {
        id,
        clock,
        expirySlackMs,
        outstandingMax,
        lastTimeMs: this.#lastTimeMs,
        send: (to, message) => {
          if (to === id) this.#handleFromLeader(message as FromLeader);
          else this.#links.send(to, message);
        },
      },
      this.tree,
      {
        get canPropose() {
          return peer().canPropose;
        },
        get lastLogged() {
          return peer().lastLogged;
        },
        get outstanding() {
          return peer().outstanding;
        },
        propose: (payloads) => void peer().propose(payloads),
        confirmLeadership: (request) => peer().step({ type: 'confirm-leadership', request }),
        applyCommitted: () => this.#applyAll(),
      },
    );
  }

  #maybeServe(): void {
    if (this.#serving || this.#attachBarrier === undefined) return;
    if (this.tree.lastZxid < this.#attachBarrier) return;
    this.#serving = true;
    this.#listener.onServing();
  }

  #apply(): void {
    const { any, more } = this.#applier.applySome();
    if (more) this.#options.scheduleWork();
    if (!any) return;
    this.#maybeServe();
    this.#listener.onCaughtUp();
    // Out of the broadcast a snapshot may be on its way in: it has the storage, and is not installed before the
    // checkpoint under way is written.
    if (this.#broadcasting) this.#storage.maybeCheckpoint(this.tree);
  }

  #applyAll(): void {
    this.#applier.applyAll();
    this.#listener.onCaughtUp();
  }

  #handleApplied(txn: Txn, applied: Applied, bytes: number): void {
    this.#lastTimeMs = txn.time;
    this.#storage.checkpointer.count(bytes);
    this.#options.observer?.onApplied(txn, applied, this.tree);
    this.#desk?.applied(txn, applied);
    this.#listener.onApplied(txn, applied);
    if (this.#digests.due(txn.zxid)) this.#publishDigest(txn.zxid);
  }

  #publishDigest(zxid: Zxid): void {
    const digest = this.tree.digest();
    this.#compareDigest(zxid, digest);
    if (this.#desk === undefined) return;
    for (const follower of this.#status.followers)
      this.#links.send(follower.id, { type: 'digest', zxid, digest });
  }

  #compareDigest(zxid: Zxid, digest: string): void {
    if (this.#digests.agree(zxid, digest)) return;
    this.#listener.onFatal(new DivergedError(zxid));
  }

  #replaceTree(tree: Tree): void {
    const zxid = tree.lastZxid;
    this.#applier.replaceTree(tree);
    this.#storage.checkpointer.replacedBy(zxid);
    this.#digests.clear();
    this.#options.log.info({ zxid }, 'the state was replaced by a snapshot');
    this.#options.observer?.onState(tree);
    this.#listener.onStateReplaced();
  }

  /**
   * Takes part again after the disk failed. The tree may be ahead of the log, since others committed without
   * this disk: what it has is delivered again and passed over.
   */
  #rejoin(recovered: Recovered, checkpoint: Tree | undefined): void {
    const { zab, id, quorum } = this.#options;
    // What was committed by then may have been applied while the checkpoint was read.
    if (checkpoint !== undefined && this.tree.lastZxid < checkpoint.lastZxid) this.#replaceTree(checkpoint);
    this.#peer = new Peer({ ...zab, id, quorum }, recovered);
    this.#applier.clear();
    for (const peer of quorum.members) {
      if (peer !== id && this.#links.connected(peer)) this.#peer.step({ type: 'peer-connected', peer });
    }
    this.#options.scheduleWork();
  }

  #every(intervalMs: number, task: () => void): void {
    const slot = this.#cancels.length;
    const run = (): void => {
      if (this.#closed) return;
      try {
        task();
      } catch (error) {
        this.#listener.onFatal(error);
        return;
      }
      this.#cancels[slot] = this.#options.clock.after(intervalMs, run);
    };
    this.#cancels.push(this.#options.clock.after(intervalMs, run));
  }
}

/** Whether there is nothing to do. */
function isEmpty(ready: Ready): boolean {
  return (
    ready.messages.length +
      ready.persist.length +
      ready.committed.length +
      ready.snapshotsToSend.length +
      ready.confirmed.length ===
      0 && ready.snapshotToInstall === undefined
  );
}

type MakeLinks = (listener: PeerLinksListener) => PeerLinks;
type ToLeader = Extract<LinkMessage, { type: 'forward' | 'attach' | 'revalidate' | 'readIndex' | 'touch' }>;
type FromLeader = Extract<
  LinkMessage,
  { type: 'attached' | 'sessionUnknown' | 'readIndexed' | 'refused' | 'digest' }
>;
