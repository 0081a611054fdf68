import { ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { type PersistBatch, type Storage, StorageError } from '@conclave/storage';
import { type Applied, Tree, type TreeOptions, type Txn } from '@conclave/tree';
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
import type { Logger } from 'pino';
import { Applier } from './applier.ts';
import { Checkpointer, type CheckpointerOptions, loadCheckpoint } from './checkpointer.ts';
import { DigestLog } from './digest-log.ts';
import type { Clock } from './environment.ts';
import { inFrames } from './forward-frames.ts';
import { LeaderDesk } from './leader-desk.ts';
import type { LinkMessage, SessionClaim } from './link-messages.ts';
import type { PeerLinks, PeerLinksListener } from './peer-links.ts';
import { type SnapshotMessage, SnapshotReceiver, SnapshotSender } from './snapshot-transfer.ts';

export interface ReplicaOptions {
  readonly id: ServerId;
  readonly quorum: Quorum;
  readonly zab: Omit<ZabOptions, 'id' | 'quorum'>;
  readonly tickMs: number;
  readonly expirySlackMs: number;
  readonly outstandingMax: number;
  readonly tree: TreeOptions;
  readonly checkpoints: Pick<CheckpointerOptions, 'checkpointTxns' | 'checkpointBytes'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly openStorage: () => Promise<Storage>;
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
const REOPEN_MS = 1_000;
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
  readonly #heardMs = new Map<ServerId, number>();
  readonly #snapshots: SnapshotSender;
  readonly #checkpointer: Checkpointer;
  #storage: Storage;
  #receiver: SnapshotReceiver;
  #receivingFrom: ServerId | undefined;
  #peer: Peer;
  #status: ZabStatus;
  #desk: LeaderDesk | undefined;
  #forwards: Uint8Array[] = [];
  #attachBarrier: Zxid | undefined;
  #broadcasting = false;
  #serving = false;
  #failure: StorageError | undefined;
  #isRecovering = false;
  /** When this process is known to have run. */
  #awakeMs: number;
  /** The question by which a process that was paused finds out whether it still has a leader, or followers. */
  #doubt: number | undefined;
  #lastDoubt = 0;
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
    this.#options = options;
    this.#awakeMs = options.clock.monotonicMs();
    this.#listener = listener;
    this.#storage = storage;
    this.#applier = new Applier(tree, options.clock, (txn, applied, bytes) =>
      this.#handleApplied(txn, applied, bytes),
    );
    this.#receiver = new SnapshotReceiver(storage);
    this.#peer = new Peer({ ...options.zab, id: options.id, quorum: options.quorum }, storage.recovered);
    this.#status = this.#peer.status();
    this.#links = makeLinks(this);
    const { clock, log } = options;
    this.#snapshots = new SnapshotSender({
      links: this.#links,
      clock,
      log,
      onEvent: (event) => this.#step(event),
      onSpoilt: (error) => this.#listener.onFatal(error),
    });
    this.#checkpointer = new Checkpointer(
      { ...options.checkpoints, clock, log, onDurable: (zxid) => this.#step({ type: 'checkpointed', zxid }) },
      storage.recovered.checkpointZxid,
    );
    this.#watchStorage(storage);
    options.observer?.onState(tree);
  }

  /** Opens the storage and loads the state. Throws the storage's typed errors when it cannot be trusted. */
  static async open(
    options: ReplicaOptions,
    listener: ReplicaListener,
    makeLinks: MakeLinks,
  ): Promise<Replica> {
    const storage = await options.openStorage();
    try {
      const { recovered } = storage;
      for (const note of recovered.notes) options.log.warn({ note }, 'the log was not left as it should be');
      const tree = await loadTree(storage, recovered.checkpointZxid, options.tree);
      options.log.info(
        {
          checkpointZxid: recovered.checkpointZxid,
          entries: recovered.entries.length,
          trusted: recovered.trusted,
        },
        'state recovered',
      );
      return new Replica(options, listener, storage, tree, makeLinks);
    } catch (error) {
      await storage.close();
      throw error;
    }
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
    return this.#failure;
  }

  /** How many servers vote. */
  get size(): number {
    return this.#options.quorum.members.size;
  }

  get durableCheckpoint(): Zxid {
    return this.#checkpointer.zxid;
  }

  /**
   * Whether what this server says about sessions still holds: it serves, and it has heard of its leader (or,
   * leading, of a quorum) within the time after which they would have been given up. What a process finds that
   * wakes from a pause may have been sent long ago: this is false until a question asked since has its answer.
   */
  get inTouch(): boolean {
    if (!this.#serving || this.#doubt !== undefined) return false;
    const { leader } = this.#status;
    const { clock, id, quorum } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#awakeMs > this.#pauseMs()) return false;
    const since = nowMs - this.#suspicionMs();
    if (leader !== id) return leader !== undefined && this.#heardSince(leader, since);
    const heard = new Set<ServerId>([id]);
    for (const peer of quorum.members) if (this.#heardSince(peer, since)) heard.add(peer);
    return quorum.isQuorum(heard);
  }

  async start(): Promise<void> {
    await this.#links.open();
    this.#every(this.#options.tickMs, () => {
      this.#noteAwake();
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
    await this.#receiver.settled();
    await this.#storage.close();
    await this.#checkpointer.settled();
  }

  onPeerConnected(peer: ServerId): void {
    this.#step({ type: 'peer-connected', peer });
  }

  onPeerDisconnected(peer: ServerId): void {
    this.#snapshots.stop(peer);
    if (this.#receivingFrom === peer) {
      this.#receivingFrom = undefined;
      this.#receiver.abort();
    }
    this.#desk?.detach(peer);
    this.#step({ type: 'peer-disconnected', peer });
  }

  onPeerMessage(from: ServerId, message: LinkMessage): void {
    this.#heardMs.set(from, this.#options.clock.monotonicMs());
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
        this.#receivingFrom = from;
        this.#receiveSnapshot(from, message);
        return;
      case 'snapshotChunk':
      case 'snapshotEnd':
        if (this.#receivingFrom === from) this.#receiveSnapshot(from, message);
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
        if (message.request === this.#doubt) this.#doubt = undefined;
        else this.#listener.onReadIndex(message.request, message.zxid);
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
      for (const batch of ready.persist) this.#persist(batch);
      if (ready.snapshotToInstall !== undefined) {
        this.#installSnapshot(ready.snapshotToInstall.zxid).catch((error: unknown) =>
          this.#handleInstallFailure(error),
        );
      } else {
        this.#receiver.discard();
      }
      this.#applier.push(ready.committed);
      for (const { to } of ready.snapshotsToSend) this.#snapshots.send(to, this.#storage);
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

  #persist(batch: PersistBatch): void {
    if (this.#failure === undefined) this.#storage.submit(batch);
  }

  /** Enters and leaves service as the broadcast phase begins and ends. */
  #followRole(): void {
    const { role, phase, leader, epoch } = this.#status;
    if (role === 'looking' && this.#lastRole !== 'looking') this.#timesLooking++;
    this.#lastRole = role;
    const broadcasting = phase === 'broadcast' && (role === 'leading' || role === 'following');
    if (broadcasting === this.#broadcasting) return;
    this.#broadcasting = broadcasting;
    this.#doubt = undefined;
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
    if (this.#failure === undefined && this.#broadcasting) {
      this.#checkpointer.maybeBegin(this.tree, this.#storage);
    }
  }

  #applyAll(): void {
    this.#applier.applyAll();
    this.#listener.onCaughtUp();
  }

  #handleApplied(txn: Txn, applied: Applied, bytes: number): void {
    this.#lastTimeMs = txn.time;
    this.#checkpointer.count(bytes);
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

  #receiveSnapshot(from: ServerId, message: SnapshotMessage): void {
    this.#step({ type: 'snapshot-progress', peer: from });
    this.#receiver.handle(
      message,
      (zxid) => this.#step({ type: 'snapshot-received', peer: from, zxid }),
      (err) => {
        this.#options.log.error({ peerId: from, err }, 'a snapshot could not be received');
        this.#step({ type: 'snapshot-failed', peer: from });
      },
    );
  }

  async #installSnapshot(zxid: Zxid): Promise<void> {
    this.#receivingFrom = undefined;
    const storage = this.#storage;
    const install = this.#receiver.claim();
    if (install === undefined) throw new TypeError(`the snapshot at ${zxid} is wanted and not there`);
    await this.#checkpointer.settled();
    await install.commit();
    const tree = await loadTree(storage, zxid, this.#options.tree);
    // The disk failed meanwhile and was opened again: what it has now was found there.
    if (storage !== this.#storage) return;
    this.#replaceTree(tree);
    this.#step({ type: 'snapshot-installed', zxid });
  }

  #replaceTree(tree: Tree): void {
    const zxid = tree.lastZxid;
    this.#applier.replaceTree(tree);
    this.#checkpointer.replacedBy(zxid);
    this.#digests.clear();
    this.#options.log.info({ zxid }, 'the state was replaced by a snapshot');
    this.#options.observer?.onState(tree);
    this.#listener.onStateReplaced();
  }

  /**
   * Nobody knows whether the snapshot is in place: the storage is opened anew to find out. A full disk lets the
   * storage live on, so that it would never say that there is room.
   */
  #handleInstallFailure(error: unknown): void {
    if (this.#closed) return;
    const mayHelp = error instanceof StorageError && (error.recoverable || error.code === 'CORRUPT_SNAPSHOT');
    if (!mayHelp) {
      this.#listener.onFatal(error);
      return;
    }
    if (this.#failure !== undefined) return;
    this.#handleStorageFailure(error);
    this.#options.clock.after(REOPEN_MS, () => this.#recoverStorage());
  }

  #watchStorage(storage: Storage): void {
    storage.onPersisted = (sequence) => {
      this.#step({ type: 'persisted', sequence });
    };
    storage.onFailure = (error) => this.#handleStorageFailure(error);
    storage.onRoom = () => this.#recoverStorage();
  }

  #handleStorageFailure(error: StorageError): void {
    this.#failure = error;
    this.#options.log.error(
      { err: error },
      'the log cannot be written; this server leaves the quorum until it can',
    );
    this.#step({ type: 'storage-failed' });
  }

  #recoverStorage(): void {
    if (this.#closed || this.#isRecovering) return;
    this.#isRecovering = true;
    this.#reopen()
      .catch((error: unknown) => this.#listener.onFatal(error))
      .finally(() => {
        this.#isRecovering = false;
      });
  }

  /**
   * Takes part again after the disk failed. The tree may be ahead of the log, since others committed without
   * this disk: what it has is delivered again and passed over.
   */
  async #reopen(): Promise<void> {
    const { log, zab, id, quorum } = this.#options;
    await this.#receiver.settled();
    await this.#storage.close();
    await this.#checkpointer.settled();
    const storage = await this.#reopenStorage();
    if (storage === undefined) return;
    const { checkpointZxid } = storage.recovered;
    // A snapshot had just come into place when the disk failed.
    if (this.tree.lastZxid < checkpointZxid)
      this.#replaceTree(await loadTree(storage, checkpointZxid, this.#options.tree));
    this.#storage = storage;
    this.#receiver = new SnapshotReceiver(storage);
    this.#watchStorage(storage);
    this.#peer = new Peer({ ...zab, id, quorum }, storage.recovered);
    this.#applier.clear();
    this.#failure = undefined;
    log.info({ zxid: this.tree.lastZxid }, 'the log can be written again');
    for (const peer of quorum.members) {
      if (peer !== id && this.#links.connected(peer)) this.#peer.step({ type: 'peer-connected', peer });
    }
    this.#options.scheduleWork();
  }

  /** Opens the storage as soon as the disk lets it; `undefined` when this server is closed meanwhile. */
  async #reopenStorage(): Promise<Storage | undefined> {
    const { clock, log, openStorage } = this.#options;
    for (;;) {
      try {
        const storage = await openStorage();
        if (!this.#closed) return storage;
        await storage.close();
        return undefined;
      } catch (err) {
        if (!(err instanceof StorageError && err.recoverable)) throw err;
        log.warn({ err }, 'the log cannot be opened yet');
        await new Promise<void>((resolve) => clock.after(REOPEN_MS, resolve));
        if (this.#closed) return undefined;
      }
    }
  }

  #heardSince(peer: ServerId, sinceMs: number): boolean {
    const heardMs = this.#heardMs.get(peer);
    return heardMs !== undefined && heardMs >= sinceMs;
  }

  #noteAwake(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const wasPaused = nowMs - this.#awakeMs > this.#pauseMs();
    this.#awakeMs = nowMs;
    if (!wasPaused || !this.#broadcasting) return;
    // The listener's questions have numbers above 0.
    this.#doubt = --this.#lastDoubt;
    this.readIndex(this.#doubt);
  }

  #suspicionMs(): number {
    return this.#options.tickMs * (this.#options.zab.suspicionTicks ?? 14);
  }

  /** What is heard late counts as heard now: by so much at most may this server be wrong. */
  #pauseMs(): number {
    return this.#suspicionMs() / 2;
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

/** This server's state is not what the leader's is at the same zxid. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
  readonly code = 'DIVERGED';
  readonly zxid: Zxid;

  constructor(zxid: Zxid) {
    super(`the state at zxid ${zxid} differs from the leader's`);
    this.zxid = zxid;
  }
}

function loadTree(storage: Storage, zxid: Zxid, options: TreeOptions): Promise<Tree> {
  const tree = new Tree(options);
  return zxid === ZXID_ZERO ? Promise.resolve(tree) : loadCheckpoint(tree, storage, zxid);
}
