import { unreachable, type Zxid } from '@conclave/protocol';
import type { Recovered, Storage, StorageError, StorageUsage } from '@conclave/storage';
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
import type { LinkMessage } from '../peers/link-messages.ts';
import type { PeerLinks, PeerLinksListener } from '../peers/peer-links.ts';
import { Applier } from './applier.ts';
import { DigestLog, DivergedError } from './digest-log.ts';
import { LeaderAttachment, type LeaderAttachmentListener } from './leader-attachment.ts';
import type { Broadcast, LeaderDesk } from './leader-desk.ts';
import { openState, ReplicaStorage, type ReplicaStorageOptions } from './replica-storage.ts';
import { SnapshotSender } from './snapshot-transfer.ts';

export interface ReplicaOptions extends ReplicaStorageOptions {
  readonly id: ServerId;
  readonly quorum: Quorum;
  readonly zab: Omit<ZabOptions, 'id' | 'quorum'>;
  readonly tickMs: number;
  readonly expirySlackMs: number;
  readonly outstandingMax: number;
  /** Schedules `work` for the end of this turn of the event loop. */
  readonly scheduleWork: () => void;
  readonly observer?: ReplicaObserver | undefined;
}

/** Learns of everything that decides this server's state, so that it can be checked from outside. */
export interface ReplicaObserver {
  /** A committed transaction has changed `tree`. */
  onApplied(txn: Txn, applied: Applied, tree: Tree): void;
  /** The state is `tree` now, as it was recovered or as a snapshot has replaced it. */
  onState(tree: Tree): void;
  /** Called at the end of every turn of the event loop in which there was work. */
  onStatus(status: ZabStatus): void;
}

/** Learns of everything that concerns clients. All calls come in order, within a turn of the event loop. */
export interface ReplicaListener extends LeaderAttachmentListener {
  /** A committed transaction has changed the tree. */
  onApplied(txn: Txn, applied: Applied): void;
  /** All transactions that are there have been applied, or as many as this turn has time for. */
  onCaughtUp(): void;
  /** The whole state was replaced by a snapshot. */
  onStateReplaced(): void;
  onFatal(error: unknown): void;
}

/** Makes what stands on both sides of a replica: the links to the other servers, and the clients of this one. */
export interface Neighbours<L extends ReplicaListener> {
  readonly links: (replica: PeerLinksListener) => PeerLinks;
  /** The replica has its state by then, and takes part only from `start` on. */
  readonly clients: (replica: Replica) => L;
}

const EXPIRY_INTERVAL_MS = 50;

/**
 * One member's part in the agreement: the broadcast protocol, its log, the tree that committed transactions are applied
 * to, and the attachment to the present leader. Everything that comes in during a turn of the event loop is worked off at
 * the turn's end: one batch of proposals, one append to the log, one write to each peer.
 */
export class Replica<L extends ReplicaListener = ReplicaListener> implements PeerLinksListener {
  /** The listener that was made with this replica. */
  readonly clients: L;
  readonly #options: ReplicaOptions;
  readonly #links: PeerLinks;
  readonly #digests = new DigestLog();
  readonly #applier: Applier;
  readonly #cancels: (() => void)[] = [];
  readonly #snapshots: SnapshotSender;
  readonly #storage: ReplicaStorage;
  readonly #attachment: LeaderAttachment;
  #peer: Peer;
  #status: ZabStatus;
  #timesLooking = 0;
  #lastRole: RoleName | undefined;
  #closed = false;

  private constructor(options: ReplicaOptions, neighbours: Neighbours<L>, storage: Storage, tree: Tree) {
    const { clock, id, log, quorum, tickMs, zab } = options;
    this.#options = options;
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
      onFatal: (error) => this.clients.onFatal(error),
    });
    this.#peer = new Peer({ ...zab, id, quorum }, storage.recovered);
    this.#status = this.#peer.status();
    this.#links = neighbours.links(this);
    this.#snapshots = new SnapshotSender({
      links: this.#links,
      clock,
      log,
      onEvent: (event) => this.#step(event),
      onSpoilt: (error) => this.clients.onFatal(error),
    });
    this.clients = neighbours.clients(this);
    this.#attachment = new LeaderAttachment(
      {
        ...options,
        suspicionMs: tickMs * (zab.suspicionTicks ?? 14),
        links: this.#links,
        applier: this.#applier,
        broadcast: this.#broadcast(),
      },
      this.clients,
    );
    options.observer?.onState(tree);
  }

  /** Opens the storage and loads the state. Throws the storage's typed errors when it cannot be trusted. */
  static async open<L extends ReplicaListener>(
    options: ReplicaOptions,
    neighbours: Neighbours<L>,
  ): Promise<Replica<L>> {
    const { storage, tree } = await openState(options);
    return new Replica(options, neighbours, storage, tree);
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
    return this.#attachment.desk;
  }

  /** Digests of the state at some recent zxids. */
  get digests(): DigestLog {
    return this.#digests;
  }

  /** Sessions that this server, as leader, has closed because no sign of life came. */
  get sessionsExpired(): number {
    return this.#attachment.sessionsExpired;
  }

  /** How often this server has begun to look for a leader. */
  get timesLooking(): number {
    return this.#timesLooking;
  }

  get serving(): boolean {
    return this.#attachment.isServing;
  }

  get failure(): StorageError | undefined {
    return this.#storage.failure;
  }

  /** The number of servers that vote. */
  get size(): number {
    return this.#options.quorum.members.size;
  }

  get durableCheckpoint(): Zxid {
    return this.#storage.checkpointer.zxid;
  }

  /** Looks at what this server has on disk. */
  storageUsage(): Promise<StorageUsage> {
    return this.#storage.current.usage();
  }

  /**
   * Whether this server's word about sessions still holds. It must serve, and a message of its leader must have come
   * within the time after which that is given up. If this server leads, that must hold for a quorum.
   */
  get inTouch(): boolean {
    return this.#attachment.isInTouch;
  }

  async start(): Promise<void> {
    await this.#links.open();
    this.#every(this.#options.tickMs, () => {
      this.#attachment.noteAwake();
      this.#step({ type: 'tick' });
    });
    this.#every(EXPIRY_INTERVAL_MS, () => this.#attachment.expire(EXPIRY_INTERVAL_MS));
    this.#options.scheduleWork();
  }

  /**
   * Sends a write to the leader. It comes back through `onApplied`. While this server does not serve, writes are dropped.
   * So are writes that a leader had not proposed when it was lost. They should be sent again at `onServing`.
   */
  submit(payload: Uint8Array): void {
    this.#attachment.submit(payload);
  }

  /** Asks how far the history must be applied for a read that begins now. `onReadIndex` is the answer. */
  readIndex(request: number): void {
    this.#attachment.readIndex(request);
  }

  /**
   * Asks the leader for the session of a client that comes back. The answer is a `moveSession` to this server with the
   * xid `request`, or `onSessionUnknown`. Writes that were submitted before reach the leader first.
   */
  revalidate(request: number, sessionId: number, password: Uint8Array): void {
    this.#attachment.revalidate(request, sessionId, password);
  }

  /** Passes on signs of life of sessions. */
  touch(sessions: readonly number[]): void {
    this.#attachment.touch(sessions);
  }

  /** Steps down if this server leads, so that the others elect a leader at once. */
  async handOver(): Promise<void> {
    if (this.#closed || !this.#attachment.isBroadcasting || this.#status.role !== 'leading') return;
    this.#peer.step({ type: 'resign' });
    this.work();
    await new Promise<void>((resolve) => this.#options.clock.endOfTurn(resolve));
  }

  /** Stops taking part, and closes the storage when everything submitted is in it. */
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
    this.desk?.detach(peer);
    this.#step({ type: 'peer-disconnected', peer });
  }

  onPeerMessage(from: ServerId, message: LinkMessage): void {
    try {
      this.#attachment.noteMessage(from);
      this.#handle(from, message);
    } catch (error) {
      this.clients.onFatal(error);
    }
  }

  /** Passes an event to the agreement protocol. Its consequences are worked off at the end of the turn. */
  #step(event: ZabEvent): void {
    if (this.#closed) return;
    try {
      this.#peer.step(event);
    } catch (error) {
      this.clients.onFatal(error);
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
        this.#attachment.handleRequest(from, message);
        return;
      case 'attached':
      case 'sessionUnknown':
      case 'readIndexed':
      case 'refused':
        this.#attachment.handleAnswer(from, message);
        return;
      case 'digest':
        if (this.#attachment.isLedBy(from)) this.#compareDigest(message.zxid, message.digest);
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
        unreachable(message);
    }
  }

  /** Works off everything that has come in during this turn of the event loop. */
  work(): void {
    if (this.#closed) return;
    this.#attachment.work();
    for (let isFirst = true; ; isFirst = false) {
      const ready = this.#peer.takeReady();
      if (!isFirst && isEmpty(ready)) break;
      this.#status = this.#peer.status();
      for (const { to, message } of ready.messages) this.#links.send(to, { type: 'zab', message });
      // The disks of the peers work at the same time as this server's.
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
      this.desk?.keep(this.#status.followers);
      for (const { request, zxid } of ready.confirmed) this.desk?.confirmed(request, zxid);
      if (isEmpty(ready)) break;
    }
    this.#apply();
    this.#links.flush();
    this.#options.observer?.onStatus(this.#status);
  }

  #followRole(): void {
    const { role } = this.#status;
    if (role === 'looking' && this.#lastRole !== 'looking') this.#timesLooking++;
    this.#lastRole = role;
    const wasBroadcasting = this.#attachment.isBroadcasting;
    this.#attachment.follow(this.#status);
    if (wasBroadcasting && !this.#attachment.isBroadcasting) this.#snapshots.stopAll();
  }

  /** The protocol, as the leader's desk uses it. After a failure of the disk there is another `Peer`. */
  #broadcast(): Broadcast {
    const peer = (): Peer => this.#peer;
    return {
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
    };
  }

  #apply(): void {
    const { any, more } = this.#applier.applySome();
    if (more) this.#options.scheduleWork();
    if (!any) return;
    this.#attachment.maybeServe();
    this.clients.onCaughtUp();
    // Outside the broadcast a snapshot may be on its way in. It needs the storage, and is not installed before the
    // checkpoint under way is written.
    if (this.#attachment.isBroadcasting) this.#storage.maybeCheckpoint(this.tree);
  }

  #applyAll(): void {
    this.#applier.applyAll();
    this.clients.onCaughtUp();
  }

  #handleApplied(txn: Txn, applied: Applied, bytes: number): void {
    this.#storage.checkpointer.count(bytes);
    this.#options.observer?.onApplied(txn, applied, this.tree);
    this.#attachment.applied(txn, applied);
    this.clients.onApplied(txn, applied);
    if (this.#digests.due(txn.zxid)) this.#publishDigest(txn.zxid);
  }

  #publishDigest(zxid: Zxid): void {
    const digest = this.tree.digest();
    this.#compareDigest(zxid, digest);
    if (this.desk === undefined) return;
    for (const follower of this.#status.followers)
      this.#links.send(follower.id, { type: 'digest', zxid, digest });
  }

  #compareDigest(zxid: Zxid, digest: string): void {
    if (this.#digests.agree(zxid, digest)) return;
    this.clients.onFatal(new DivergedError(zxid));
  }

  #replaceTree(tree: Tree): void {
    const zxid = tree.lastZxid;
    this.#applier.replaceTree(tree);
    this.#storage.checkpointer.replacedBy(zxid);
    this.#digests.clear();
    this.#options.log.info({ zxid }, 'the state was replaced by a snapshot');
    this.#options.observer?.onState(tree);
    this.clients.onStateReplaced();
  }

  /**
   * Takes part again after the disk failed. The tree may be ahead of the log, because the others committed without this
   * disk. Then entries that the tree has are delivered again and passed over.
   */
  #rejoin(recovered: Recovered, checkpoint: Tree | undefined): void {
    const { zab, id, quorum } = this.#options;
    // Entries that were committed by then may have been applied while the checkpoint was read.
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
        this.clients.onFatal(error);
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
