import { ByteReader, ByteWriter, formatZxid, type Zxid } from '@conclave/protocol';
import { Agenda, type Random } from '@conclave/testkit';
import {
  decodeMessage,
  type Entry,
  encodeMessage,
  majority,
  Peer,
  type Ready,
  type ServerId,
  type ZabEvent,
  type ZabMessage,
  type ZabOptions,
} from '../src/index.ts';
import { type Checkpoint, Disk } from './disk.ts';

const TICK = 25;
const ENTRY_BYTES = 8;

type Parcel =
  | { readonly type: 'message'; readonly message: ZabMessage }
  | { readonly type: 'snapshot'; readonly checkpoint: Checkpoint };

/** One direction of one connection. */
interface Lane {
  /** When the parcel sent last arrives: later ones do not overtake it. */
  lastArrival: number;
  /** What arrived while the link was frozen. */
  readonly held: Parcel[];
}

/** One server: a `Peer`, the shell around it, and the disk that outlives both. */
class Node {
  readonly id: ServerId;
  disk = new Disk();
  peer: Peer | undefined;
  /** How many lives it had; what was scheduled in an earlier one does not happen. */
  life = 0;
  paused = false;
  /** What happened while it was paused. */
  readonly backlog: ZabEvent[] = [];
  /** How many entries of the one sequence the tree contains. */
  applied = 0;
  writing = 0;
  pending: { batch: Ready['persist'][number] }[] = [];
  received: Checkpoint | undefined;
  checkpointing = false;

  constructor(id: ServerId) {
    this.id = id;
  }
}

export interface WorldOptions {
  readonly servers: number;
  readonly random: Random;
  readonly zab?: Partial<ZabOptions>;
  /** Sends every message through the codec. */
  readonly encode?: boolean;
  readonly messageDelayMax?: number;
  readonly diskDelayMax?: number;
}

/**
 * An ensemble in simulated time, with an outsider's checks. Modelled: links that break and lose what is on its
 * way, that freeze and thaw, late disconnects on either side, crashes that lose what is not persisted (or, as real ones do, keep
 * what was written but not reported), pauses, slow disks, checkpoints and their transfer, lost disks and lost
 * log tails. Not modelled: messages lost or reordered within a connection, corrupt bytes.
 */
export class World {
  readonly agenda = new Agenda();
  readonly nodes: readonly Node[];
  /** The one sequence: all entries that any server saw committed, in order. */
  readonly sequence: Entry[] = [];
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #lanes = new Map<string, Lane>();
  readonly #cut = new Set<string>();
  readonly #frozen = new Set<string>();
  readonly #leaders = new Map<number, ServerId>();
  readonly #requests = new Map<number, number>();
  #nextRequest = 1;
  #nextPayload = 1;
  confirmed = 0;
  refused = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#random = options.random;
    this.nodes = Array.from({ length: options.servers }, (_, i) => new Node(i + 1));
    for (const node of this.nodes) this.start(node);
  }

  node(id: ServerId): Node {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new Error(`no server ${id}`);
    return node;
  }

  run(duration: number): void {
    const end = this.agenda.now + duration;
    for (let next = this.agenda.next(end); next !== undefined; next = this.agenda.next(end)) next();
    this.agenda.advance(end);
  }

  start(node: Node): void {
    if (node.peer !== undefined) return;
    this.#boot(node);
    for (const other of this.nodes) if (other !== node) this.#reconnectSoon(node.id, other.id);
  }

  crash(node: Node): void {
    if (node.peer === undefined) return;
    // Some of what was being written has reached the disk although no member was informed.
    const written = this.#random.between(0, node.pending.length);
    for (const { batch } of node.pending.slice(0, written)) node.disk.write(batch);
    node.peer = undefined;
    node.life += 1;
    for (const other of this.nodes) if (other !== node) this.#disconnect(node.id, other.id);
  }

  /** The disk fails, and some time later there is a new `Peer`, on the links that there are. */
  failStorage(node: Node): void {
    if (node.paused || node.peer === undefined) return;
    this.step(node, { type: 'storage-failed' });
    const { life } = node;
    this.agenda.after(this.#random.between(1, TICK * 20), () => {
      if (node.life !== life) return;
      const backlog = node.backlog.splice(0);
      this.#boot(node);
      for (const other of this.nodes) {
        if (!this.#lanes.has(direction(node.id, other.id))) continue;
        this.step(node, { type: 'peer-connected', peer: other.id });
      }
      // If it was paused meanwhile, what waited for the old one is handled by the new one.
      for (const event of backlog) if (event.type === 'message') this.step(node, event);
    });
  }

  pause(node: Node): void {
    node.paused = true;
  }

  /** What came in meanwhile is handled first, then time goes on, as in a process that wakes. */
  resume(node: Node): void {
    if (!node.paused) return;
    node.paused = false;
    for (const event of node.backlog.splice(0)) this.step(node, event);
  }

  /** Breaks the connection; a new one is made at once unless the link is cut. */
  breakLink(a: ServerId, b: ServerId): void {
    this.#disconnect(a, b);
    this.#reconnectSoon(a, b);
  }

  cutLink(a: ServerId, b: ServerId): void {
    this.#cut.add(pair(a, b));
    this.#disconnect(a, b);
  }

  /** Nothing comes through, and no member is informed: what was sent arrives when the link thaws, unless it breaks. */
  freezeLink(a: ServerId, b: ServerId): void {
    this.#frozen.add(pair(a, b));
  }

  thawLink(a: ServerId, b: ServerId): void {
    if (!this.#frozen.delete(pair(a, b))) return;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const lane = this.#lanes.get(direction(from, to));
      for (const parcel of lane?.held.splice(0) ?? []) this.#deliver(from, to, parcel);
    }
  }

  mendLink(a: ServerId, b: ServerId): void {
    if (this.#cut.delete(pair(a, b))) this.#reconnectSoon(a, b);
  }

  healEverything(): void {
    for (const node of this.nodes) {
      this.resume(node);
      this.start(node);
      for (const other of this.nodes) {
        this.mendLink(node.id, other.id);
        this.thawLink(node.id, other.id);
      }
    }
  }

  propose(node: Node, count: number): void {
    if (node.paused || node.peer?.canPropose !== true) return;
    const payloads: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const payload = new Uint8Array(ENTRY_BYTES);
      new DataView(payload.buffer).setFloat64(0, this.#nextPayload++);
      payloads.push(payload);
    }
    node.peer.propose(payloads);
    this.#work(node);
  }

  confirm(node: Node): void {
    if (node.paused || node.peer === undefined) return;
    const request = this.#nextRequest++;
    this.#requests.set(request, this.sequence.length);
    this.step(node, { type: 'confirm-leadership', request });
  }

  /** Makes the state of `node` durable, and drops some of the log under it. */
  checkpoint(node: Node): void {
    if (node.peer === undefined || node.paused || node.checkpointing || node.applied === 0) return;
    const { life, applied } = node;
    const zxid = this.#zxidOf(applied);
    node.checkpointing = true;
    this.agenda.after(this.#random.between(1, TICK * 2), () => {
      if (node.life !== life) return;
      node.checkpointing = false;
      if (zxid <= node.disk.checkpoint.zxid) return;
      const previous = node.disk.checkpoint.zxid;
      node.disk.checkpoint = { zxid, count: applied };
      const keepAfter = this.#random.chance(0.5) ? previous : zxid;
      node.disk.entries = node.disk.entries.filter((entry) => entry.zxid > keepAfter);
      this.step(node, { type: 'checkpointed', zxid });
    });
  }

  step(node: Node, event: ZabEvent): void {
    if (node.peer === undefined) return;
    if (node.paused) {
      node.backlog.push(event);
      return;
    }
    node.peer.step(event);
    this.#work(node);
  }

  /** The members that believe that they lead. */
  leaders(): Node[] {
    return this.nodes.filter((node) => node.peer?.status().role === 'leading');
  }

  leader(): Node | undefined {
    let found: Node | undefined;
    for (const node of this.nodes) {
      const status = node.peer?.status();
      if (status?.role !== 'leading' || status.phase !== 'broadcast') continue;
      if (found?.peer === undefined || found.peer.status().epoch < status.epoch) found = node;
    }
    return found;
  }

  describe(): string {
    const lines = this.nodes.map((node) => {
      if (node.peer === undefined) return `${node.id} down`;
      const s = node.peer.status();
      return (
        `${node.id} ${s.role}/${s.phase} leader=${s.leader ?? '-'} epoch=${s.epoch} accepted=${s.acceptedEpoch} ` +
        `current=${s.currentEpoch} last=${formatZxid(s.lastLogged)} committed=${formatZxid(s.lastCommitted)} ` +
        `round=${s.round} ${s.obstacle ?? ''} (${s.lastLookedFor})`
      );
    });
    return [`at ${this.agenda.now}, ${this.sequence.length} committed`, ...lines].join('\n');
  }

  #boot(node: Node): void {
    node.life += 1;
    node.paused = false;
    node.backlog.length = 0;
    node.pending = [];
    node.writing = 0;
    node.received = undefined;
    node.checkpointing = false;
    node.peer = new Peer(
      { ...this.#options.zab, id: node.id, quorum: majority(this.nodes.map((other) => other.id)) },
      node.disk.recover(),
    );
    node.applied = node.disk.checkpoint.count;
    this.#work(node);
    this.#scheduleTick(node, this.#random.between(1, TICK));
  }

  #zxidOf(count: number): Zxid {
    return this.sequence[count - 1]?.zxid ?? (0 as Zxid);
  }

  /** The shell: does what a `Ready` says. */
  #work(node: Node): void {
    const { peer } = node;
    if (peer === undefined) return;
    const ready = peer.takeReady();
    this.#checkLeader(node, peer);
    for (const { to, message } of ready.messages) this.#send(node.id, to, { type: 'message', message });
    for (const batch of ready.persist) {
      node.pending.push({ batch });
      this.#writeSoon(node);
    }
    if (ready.resetTo !== undefined) this.#reset(node, ready.resetTo);
    for (const entry of ready.committed) this.#apply(node, entry);
    for (const { to } of ready.snapshotsToSend) this.#sendSnapshot(node, to);
    if (ready.snapshotToInstall !== undefined) this.#install(node, ready.snapshotToInstall.zxid);
    for (const { request, zxid } of ready.confirmed) this.#checkConfirmation(request, zxid);
    this.refused += ready.refusedConfirmations.length;
  }

  #writeSoon(node: Node): void {
    if (node.writing > 0) return;
    const { life } = node;
    const batches = node.pending.length;
    node.writing = batches;
    this.agenda.after(this.#random.between(1, this.#options.diskDelayMax ?? 8), () => {
      if (node.life !== life) return;
      const written = node.pending.splice(0, batches);
      for (const { batch } of written) node.disk.write(batch);
      node.writing = 0;
      if (node.pending.length > 0) this.#writeSoon(node);
      const sequence = written.at(-1)?.batch.sequence;
      if (sequence !== undefined) this.step(node, { type: 'persisted', sequence });
    });
  }

  #apply(node: Node, entry: Entry): void {
    const known = this.sequence[node.applied];
    if (known === undefined) {
      this.sequence.push(entry);
    } else if (known.zxid !== entry.zxid || !equalBytes(known.payload, entry.payload)) {
      throw new Error(
        `server ${node.id} commits ${formatZxid(entry.zxid)} where ${formatZxid(known.zxid)} was committed before`,
      );
    }
    node.applied += 1;
  }

  #reset(node: Node, zxid: Zxid): void {
    if (node.disk.checkpoint.zxid !== zxid)
      throw new Error(`server ${node.id} reset to ${zxid}, which it has not`);
    node.applied = node.disk.checkpoint.count;
  }

  #sendSnapshot(node: Node, to: ServerId): void {
    const { life } = node;
    const lane = this.#lanes.get(direction(node.id, to));
    this.agenda.after(this.#random.between(1, TICK * 3), () => {
      // The sender reads its checkpoint at this moment. Its link may have been replaced meanwhile.
      if (node.life !== life || lane === undefined || this.#lanes.get(direction(node.id, to)) !== lane)
        return;
      if (this.#random.chance(0.1)) {
        this.step(node, { type: 'snapshot-failed', peer: to });
        return;
      }
      const { checkpoint } = node.disk;
      this.#send(node.id, to, { type: 'snapshot', checkpoint });
      this.step(node, { type: 'snapshot-sent', peer: to, zxid: checkpoint.zxid });
    });
  }

  #install(node: Node, zxid: Zxid): void {
    const { life, received } = node;
    if (received?.zxid !== zxid)
      throw new Error(`server ${node.id} installs ${zxid}, which it did not receive`);
    this.agenda.after(this.#random.between(1, TICK * 2), () => {
      if (node.life !== life) return;
      node.disk.install(received);
      this.step(node, { type: 'snapshot-installed', zxid });
    });
  }

  #send(from: ServerId, to: ServerId, parcel: Parcel): void {
    const key = direction(from, to);
    const lane = this.#lanes.get(key);
    if (lane === undefined) return;
    const delay = this.#random.between(1, this.#options.messageDelayMax ?? 5);
    lane.lastArrival = Math.max(lane.lastArrival, this.agenda.now + delay);
    const sent =
      parcel.type === 'message' ? { ...parcel, message: this.#throughWire(parcel.message) } : parcel;
    this.agenda.after(lane.lastArrival - this.agenda.now, () => {
      if (this.#lanes.get(key) !== lane) return;
      if (this.#frozen.has(pair(from, to))) lane.held.push(sent);
      else this.#deliver(from, to, sent);
    });
  }

  #deliver(from: ServerId, to: ServerId, parcel: Parcel): void {
    const node = this.node(to);
    if (parcel.type === 'message') {
      this.step(node, { type: 'message', from, message: parcel.message });
      return;
    }
    this.step(node, { type: 'snapshot-progress', peer: from });
    if (node.peer === undefined || node.paused) return;
    node.received = parcel.checkpoint;
    this.step(node, { type: 'snapshot-received', peer: from, zxid: parcel.checkpoint.zxid });
  }

  #throughWire(message: ZabMessage): ZabMessage {
    if (this.#options.encode !== true) return message;
    const writer = new ByteWriter();
    encodeMessage(message, writer);
    return decodeMessage(new ByteReader(writer.take()));
  }

  #scheduleTick(node: Node, delay: number): void {
    const { life } = node;
    this.agenda.after(delay, () => {
      if (node.life !== life) return;
      // A paused process gets no ticks later for the time it missed.
      if (!node.paused) this.step(node, { type: 'tick' });
      this.#scheduleTick(node, TICK);
    });
  }

  /** Either side notices in its own time; what is on its way is lost. */
  #disconnect(a: ServerId, b: ServerId): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const lane = this.#lanes.get(direction(from, to));
      if (lane === undefined) continue;
      this.#lanes.delete(direction(from, to));
      const node = this.node(from);
      const { life } = node;
      this.agenda.after(this.#random.between(1, 10), () => {
        // Unless a new connection came first, which says the same.
        if (node.life !== life || this.#lanes.has(direction(from, to))) return;
        this.step(node, { type: 'peer-disconnected', peer: to });
      });
    }
  }

  #reconnectSoon(a: ServerId, b: ServerId): void {
    this.agenda.after(this.#random.between(12, TICK * 2), () => {
      const free = !this.#lanes.has(direction(a, b)) && !this.#cut.has(pair(a, b)) && a !== b;
      if (!free || this.node(a).peer === undefined || this.node(b).peer === undefined) return;
      this.#lanes.set(direction(a, b), { lastArrival: 0, held: [] });
      this.#lanes.set(direction(b, a), { lastArrival: 0, held: [] });
      this.step(this.node(a), { type: 'peer-connected', peer: b });
      this.step(this.node(b), { type: 'peer-connected', peer: a });
    });
  }

  #checkLeader(node: Node, peer: Peer): void {
    const status = peer.status();
    if (status.role !== 'leading' || status.phase !== 'broadcast') return;
    const known = this.#leaders.get(status.epoch);
    if (known !== undefined && known !== node.id) {
      throw new Error(`servers ${known} and ${node.id} both lead epoch ${status.epoch}`);
    }
    this.#leaders.set(status.epoch, node.id);
  }

  #checkConfirmation(request: number, zxid: Zxid): void {
    const length = this.#requests.get(request);
    if (length === undefined) throw new Error(`request ${request} confirmed twice or never made`);
    this.#requests.delete(request);
    this.confirmed += 1;
    const needed = this.#zxidOf(length);
    if (zxid < needed) {
      throw new Error(
        `a leader at ${formatZxid(zxid)} was confirmed after ${formatZxid(needed)} was committed`,
      );
    }
  }
}

function direction(from: ServerId, to: ServerId): string {
  return `${from}>${to}`;
}

function pair(a: ServerId, b: ServerId): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
