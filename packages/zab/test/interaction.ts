import type { Zxid } from '@conclave/protocol';
import {
  type Entry,
  majority,
  Peer,
  type PersistBatch,
  type ServerId,
  type ZabEvent,
  type ZabMessage,
  type ZabOptions,
} from '../src/index.ts';
import { Disk } from './disk.ts';
import { readZxid, showEntries, showMessage, showOperation, showZxid } from './trace.ts';

const SETTLE_ROUNDS_MAX = 500;

class Server {
  readonly id: ServerId;
  disk = new Disk();
  peer: Peer | undefined;
  /** Batches given to the disk and not written yet. */
  pending: PersistBatch[] = [];
  diskHeld = false;
  frozen = false;
  sendsSnapshotTo: ServerId[] = [];
  received: Zxid | undefined;
  installs: Zxid | undefined;

  constructor(id: ServerId) {
    this.id = id;
  }
}

/**
 * An ensemble that does one thing at a time, for scripts. Each verb below has its explanation beside it; a
 * verb's output is what happened, in order: messages as they are delivered, batches as they become durable,
 * commits as servers learn of them. Elections and heartbeats are left out unless `show` asks for them, and
 * a line that begins with `quietly` prints nothing.
 */
export class Interaction {
  readonly #servers = new Map<ServerId, Server>();
  readonly #lanes = new Map<string, ZabMessage[]>();
  readonly #cut = new Set<string>();
  readonly #shown = new Set<string>();
  #options: Partial<ZabOptions> = {};
  #output: string[] = [];
  #request = 0;

  /** Runs one line and returns what it printed. */
  run(line: string): string {
    const quiet = line.startsWith('quietly ');
    const [name = '', ...words] = line.slice(quiet ? 'quietly '.length : 0).split(/\s+/);
    const verb = this.#verbs[name];
    if (verb === undefined) throw new Error(`unknown verb ${name}`);
    this.#output = [];
    const servers = words.filter((word) => /^\d+$/.test(word)).map((id) => this.#server(Number(id)));
    verb(servers, words);
    return quiet ? '' : this.#output.join('\n');
  }

  readonly #verbs: Record<string, (servers: Server[], words: string[]) => void> = {
    // ensemble servers=3 counterMax=10: an ensemble with all members down, and options of zab.
    ensemble: (_, words) => this.#makeEnsemble(named(words)),
    // disk 2 accepted=3 current=2 checkpoint=1:4 log=1:1..1:9,2:1..2:2 untrusted: what is on the disk of 2.
    disk: ([server], words) => prepareDisk(must(server).disk, words),
    // start 1 2: the processes start, and connect to those that run, unless the links are cut.
    start: (servers) => {
      for (const server of servers) this.#start(server);
    },
    // crash 1: the process ends. What was not durable is lost, as is what was on its way.
    crash: (servers) => {
      for (const server of servers) this.#crash(server);
    },
    // settle: delivers and writes until nothing happens any more. `settle 1>2 2>1` delivers only there.
    settle: (_, words) => this.#settle(words.length > 0 ? new Set(words) : undefined),
    // deliver 1>2 n=2: delivers the next two messages of one direction.
    deliver: (_, words) => {
      for (let n = Number(named(words).n ?? 1); n > 0; n--) this.#deliver(words[0] ?? '');
    },
    // hold-disk 2, release-disk 2: what is written there becomes durable only when it is released, or by `write 2 n=1`.
    'hold-disk': (servers) => {
      for (const server of servers) server.diskHeld = true;
    },
    'release-disk': (servers) => {
      for (const server of servers) server.diskHeld = false;
    },
    write: (servers, words) => {
      for (const server of servers) this.#write(server, Number(named(words).n ?? server.pending.length));
    },
    // freeze 1, thaw 1: the process is stopped; messages and connections wait.
    freeze: (servers) => {
      for (const server of servers) server.frozen = true;
    },
    thaw: (servers) => {
      for (const server of servers) server.frozen = false;
    },
    // cut 1 2 3: breaks the links of 1 to the others. link 1 2 3 makes them again.
    cut: ([one, ...others]) => {
      for (const other of others) this.#connect(must(one).id, other.id, false);
    },
    link: ([one, ...others]) => {
      for (const other of others) this.#connect(must(one).id, other.id, true);
    },
    // tick 1 2 n=14: n ticks for each.
    tick: (servers, words) => {
      for (let n = Number(named(words).n ?? 1); n > 0; n--) {
        for (const server of servers) this.#step(server, { type: 'tick' });
      }
    },
    // run n=20: twenty times a tick for everybody, then all that follows from it.
    run: (_, words) => {
      for (let n = Number(named(words).n ?? 1); n > 0; n--) {
        for (const server of this.#servers.values()) if (!server.frozen) this.#step(server, { type: 'tick' });
        this.#settle(undefined);
      }
    },
    // propose 1 n=3: three entries.
    propose: ([server], words) => this.#propose(must(server), Number(named(words).n ?? 1)),
    // confirm 1 n=2: two requests in one turn.
    confirm: ([server], words) => {
      for (let n = Number(named(words).n ?? 1); n > 0; n--) {
        must(server).peer?.step({ type: 'confirm-leadership', request: ++this.#request });
      }
      this.#work(must(server));
    },
    resign: ([server]) => this.#step(must(server), { type: 'resign' }),
    // checkpoint 1 1:5: the checkpoint of 1 is durable at 1:5, and the log before it is gone.
    checkpoint: ([server], words) => this.#checkpoint(must(server), readZxid(words[1] ?? '')),
    // fail-storage 1: its disk is full.
    'fail-storage': ([server]) => this.#step(must(server), { type: 'storage-failed' }),
    // show notification ping pong: lists these messages, too.
    show: (_, words) => {
      for (const word of words) this.#shown.add(word);
    },
    // status 1: its role, epochs, and how far it is.
    status: (servers) => {
      for (const server of servers) this.#status(server);
    },
    // log 1: what is on its disk.
    log: (servers) => {
      for (const server of servers) this.#showDisk(server);
    },
  };

  #makeEnsemble(options: Record<string, string>): void {
    for (const [name, value] of Object.entries(options)) {
      if (name === 'servers')
        for (let id = 1; id <= Number(value); id++) this.#servers.set(id, new Server(id));
      else this.#options = { ...this.#options, [name]: Number(value) };
    }
  }

  #start(server: Server): void {
    server.peer = new Peer(
      { ...this.#options, id: server.id, quorum: majority(this.#servers.keys()) },
      server.disk.recover(),
    );
    this.#work(server);
    for (const other of this.#servers.keys())
      this.#connect(server.id, other, !this.#cut.has(pair(server.id, other)));
  }

  #crash(server: Server): void {
    server.peer = undefined;
    server.pending = [];
    server.installs = undefined;
    for (const other of this.#servers.values()) {
      if (this.#unlink(server.id, other.id))
        this.#step(other, { type: 'peer-disconnected', peer: server.id });
    }
  }

  #connect(a: ServerId, b: ServerId, linked: boolean): void {
    if (a === b) return;
    const [one, other] = [this.#server(a), this.#server(b)];
    if (linked) this.#cut.delete(pair(a, b));
    else this.#cut.add(pair(a, b));
    if (this.#unlink(a, b)) {
      this.#step(one, { type: 'peer-disconnected', peer: b });
      this.#step(other, { type: 'peer-disconnected', peer: a });
    }
    if (!linked || one.peer === undefined || other.peer === undefined) return;
    this.#lanes.set(`${a}>${b}`, []);
    this.#lanes.set(`${b}>${a}`, []);
    this.#step(one, { type: 'peer-connected', peer: b });
    this.#step(other, { type: 'peer-connected', peer: a });
  }

  #unlink(a: ServerId, b: ServerId): boolean {
    const there = this.#lanes.delete(`${a}>${b}`);
    this.#lanes.delete(`${b}>${a}`);
    return there;
  }

  #propose(server: Server, count: number): void {
    const payloads = Array.from({ length: count }, () => new Uint8Array(8));
    const first = server.peer?.propose(payloads);
    if (first !== undefined)
      this.#print(`${server.id} proposes ${showZxid(first)}${count > 1 ? ` and ${count - 1} more` : ''}`);
    this.#work(server);
  }

  #checkpoint(server: Server, zxid: Zxid): void {
    server.disk.checkpoint = { zxid, count: 0 };
    server.disk.entries = server.disk.entries.filter((entry) => entry.zxid > zxid);
    this.#step(server, { type: 'checkpointed', zxid });
  }

  #settle(lanes: ReadonlySet<string> | undefined): void {
    for (let round = 0; round < SETTLE_ROUNDS_MAX; round++) {
      let busy = false;
      for (const server of this.#servers.values()) {
        if (!server.diskHeld && this.#write(server)) busy = true;
        if (this.#transferSnapshots(server)) busy = true;
      }
      for (const [lane, queue] of [...this.#lanes]) {
        const open = lanes === undefined || lanes.has(lane);
        if (open && queue.length > 0 && this.#deliver(lane)) busy = true;
      }
      if (!busy) return;
    }
    throw new Error('the ensemble does not come to rest');
  }

  #deliver(lane: string): boolean {
    const [from = 0, to = 0] = lane.split('>').map(Number);
    const server = this.#server(to);
    if (server.frozen) return false;
    const message = this.#lanes.get(lane)?.shift();
    if (message === undefined) return false;
    const hidden = message.type === 'notification' || message.type === 'ping' || message.type === 'pong';
    if (!hidden || this.#shown.has(message.type)) this.#print(`${lane} ${showMessage(message)}`);
    this.#step(server, { type: 'message', from, message });
    return true;
  }

  #write(server: Server, count = server.pending.length): boolean {
    if (server.frozen || server.pending.length === 0) return false;
    const batches = server.pending.splice(0, count);
    for (const batch of batches) {
      server.disk.write(batch);
      this.#print(`${server.id} durable: ${batch.operations.map(showOperation).join(' + ')}`);
    }
    this.#step(server, { type: 'persisted', sequence: batches.at(-1)?.sequence ?? 0 });
    return true;
  }

  #transferSnapshots(server: Server): boolean {
    let busy = false;
    for (const to of server.sendsSnapshotTo.splice(0)) {
      const { zxid } = server.disk.checkpoint;
      const receiver = this.#server(to);
      // The stream follows whatever is on the link, and what is said after it follows the stream.
      while (this.#deliver(`${server.id}>${to}`));
      this.#print(`${server.id}>${to} (checkpoint ${showZxid(zxid)})`);
      receiver.received = zxid;
      this.#step(receiver, { type: 'snapshot-received', peer: server.id, zxid });
      this.#step(server, { type: 'snapshot-sent', peer: to, zxid });
      busy = true;
    }
    if (server.installs !== undefined && !server.diskHeld) {
      const zxid = server.installs;
      server.installs = undefined;
      server.disk.install({ zxid, count: 0 });
      this.#print(`${server.id} installs checkpoint ${showZxid(zxid)}`);
      this.#step(server, { type: 'snapshot-installed', zxid });
      busy = true;
    }
    return busy;
  }

  #step(server: Server, event: ZabEvent): void {
    if (server.peer === undefined) return;
    server.peer.step(event);
    this.#work(server);
  }

  #work(server: Server): void {
    const ready = server.peer?.takeReady();
    if (ready === undefined) return;
    for (const { to, message } of ready.messages) this.#lanes.get(`${server.id}>${to}`)?.push(message);
    server.pending.push(...ready.persist);
    if (ready.resetTo !== undefined) this.#print(`${server.id} begins anew after ${showZxid(ready.resetTo)}`);
    if (ready.committed.length > 0) this.#print(`${server.id} commits ${showEntries(ready.committed)}`);
    server.sendsSnapshotTo.push(...ready.snapshotsToSend.map(({ to }) => to));
    if (ready.snapshotToInstall !== undefined) server.installs = ready.snapshotToInstall.zxid;
    for (const { request, zxid } of ready.confirmed) {
      this.#print(`${server.id} confirmed as leader for request ${request} at ${showZxid(zxid)}`);
    }
    for (const request of ready.refusedConfirmations) this.#print(`${server.id} refuses request ${request}`);
  }

  #status(server: Server): void {
    const status = server.peer?.status();
    if (status === undefined) {
      this.#print(`${server.id} is down`);
      return;
    }
    const leader = status.role === 'following' ? ` ${status.leader ?? ''}` : '';
    const obstacle = status.obstacle === undefined ? '' : ` (${status.obstacle})`;
    this.#print(
      `${server.id} ${status.role}${leader} ${status.phase} epoch=${status.epoch} last=${showZxid(status.lastLogged)} ` +
        `committed=${showZxid(status.lastCommitted)}${obstacle}`,
    );
  }

  #showDisk({ id, disk }: Server): void {
    const log = disk.entries.length === 0 ? 'nothing' : showEntries(disk.entries);
    const checkpoint = disk.checkpoint.zxid === 0 ? '' : ` checkpoint=${showZxid(disk.checkpoint.zxid)}`;
    this.#print(`${id} has ${log}${checkpoint} accepted=${disk.acceptedEpoch} current=${disk.currentEpoch}`);
  }

  #server(id: ServerId | undefined): Server {
    const server = this.#servers.get(id ?? 0);
    if (server === undefined) throw new Error(`no server ${id}`);
    return server;
  }

  #print(line: string): void {
    this.#output.push(line);
  }
}

function prepareDisk(disk: Disk, words: readonly string[]): void {
  const { accepted = '0', current = accepted, checkpoint = '0', log = '' } = named(words);
  disk.acceptedEpoch = Number(accepted);
  disk.currentEpoch = Number(current);
  disk.checkpoint = { zxid: readZxid(checkpoint), count: 0 };
  disk.entries = log === '' ? [] : log.split(',').flatMap(readEntries);
  disk.trusted = !words.includes('untrusted');
}

function must(server: Server | undefined): Server {
  if (server === undefined) throw new Error('which server?');
  return server;
}

function named(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.filter((word) => word.includes('=')).map((word) => word.split('=', 2)));
}

function pair(a: ServerId, b: ServerId): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

/** `1:3..1:5` or `1:3`. */
function readEntries(range: string): Entry[] {
  const [first = '', last = first] = range.split('..');
  const entries: Entry[] = [];
  for (let zxid = readZxid(first); zxid <= readZxid(last); zxid = (zxid + 1) as Zxid) {
    entries.push({ zxid, payload: new Uint8Array(8) });
  }
  return entries;
}
