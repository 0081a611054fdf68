import { formatZxid, type Zxid } from '@conclave/protocol';
import { type Config, configSchema, type ServerOptions } from '@conclave/server';
import type { Applied, Txn } from '@conclave/tree';
import { Agreement } from './checkers/agreement.ts';
import { KeptChanges } from './checkers/gaps.ts';
import { StateModel } from './checkers/state-model.ts';
import { Violation } from './violation.ts';
import { ClientMachine } from './world/client-machine.ts';
import type { Disk, DiskOptions } from './world/disk.ts';
import type { ClockErrors } from './world/machine.ts';
import { Network, type NetworkOptions } from './world/network.ts';
import { PEER_PORT } from './world/ports.ts';
import { ServerMachine, serverName } from './world/server-machine.ts';
import type { World } from './world/world.ts';

/** The machines of a run, and how they differ. */
export interface EnsembleOptions {
  readonly servers: number;
  readonly serverClocks: readonly ClockErrors[];
  readonly disks: readonly DiskOptions[];
  readonly clients: readonly { readonly clock: ClockErrors; readonly sessionTimeoutMs: number }[];
  readonly network: NetworkOptions;
  readonly config: Partial<Config>;
  readonly zab: NonNullable<ServerOptions['zab']>;
}

/** All machines of a run, and the observers that check what the servers agree on. */
export class Ensemble {
  readonly network: Network;
  readonly servers: readonly ServerMachine[];
  readonly clients: readonly ClientMachine[];
  readonly agreement = new Agreement();
  /** The state after all committed transactions. */
  readonly state = new StateModel();
  /** The latest changes that every server is sure to remember. */
  readonly keptChanges: KeptChanges;
  readonly #world: World;
  readonly #options: EnsembleOptions;

  constructor(world: World, options: EnsembleOptions) {
    this.#world = world;
    this.#options = options;
    this.network = new Network(world, options.network);
    // Without a known size of the history, 0 makes every gap acceptable.
    this.keptChanges = new KeptChanges(options.config.eventHistoryMax ?? 0);
    const ids = Array.from({ length: options.servers }, (_, i) => i + 1);
    this.servers = ids.map((id) => this.#makeServer(id, ids));
    this.clients = options.clients.map(
      ({ clock, sessionTimeoutMs }, i) =>
        new ClientMachine(world, this.network, {
          name: `c${i + 1}`,
          servers: options.servers,
          sessionTimeoutMs,
          clock,
        }),
    );
  }

  server(id: number): ServerMachine {
    const server = this.servers[id - 1];
    if (server === undefined) throw new RangeError(`no server ${id}`);
    return server;
  }

  client(number: number): ClientMachine {
    const client = this.clients[number - 1];
    if (client === undefined) throw new RangeError(`no client ${number}`);
    return client;
  }

  /** The server that believes that it leads. If there are two, the one with the newer epoch. */
  leader(): ServerMachine | undefined {
    let found: ServerMachine | undefined;
    let foundEpoch = -1;
    for (const server of this.servers) {
      const status = server.server?.status();
      if (status?.role !== 'leading' || status.phase !== 'broadcast' || status.epoch <= foundEpoch) continue;
      found = server;
      foundEpoch = status.epoch;
    }
    return found;
  }

  followers(): ServerMachine[] {
    const leader = this.leader();
    return this.servers.filter((server) => server !== leader);
  }

  /** Whether every server serves. */
  get allServe(): boolean {
    return this.servers.every(({ server }) => server?.status().serving === true);
  }

  /** Whether every server serves and has applied all committed transactions. */
  get isAtRest(): boolean {
    return this.servers.every(
      ({ server, id }) => server?.status().serving === true && this.agreement.hasEverything(id),
    );
  }

  /** Sums a figure over all disks. */
  count(figure: (disk: Disk) => number): number {
    return this.servers.reduce((sum, { disk }) => sum + figure(disk), 0);
  }

  describe(): string {
    return this.servers.map((server) => server.describe()).join('\n');
  }

  #makeServer(id: number, ids: readonly number[]): ServerMachine {
    const world = this.#world;
    const { config, zab, disks, serverClocks } = this.#options;
    const members = Object.fromEntries(ids.map((member) => [member, `${serverName(member)}:${PEER_PORT}`]));
    return new ServerMachine(world, this.network, {
      id,
      config: configSchema.parse({ ...config, id, members }),
      zab,
      clock: serverClocks[id - 1] ?? { rate: 1, offsetMs: 0 },
      disk: disks[id - 1] ?? { writeMs: 1 },
      observe: (server) => this.#observer(server),
      onFatal: (server, error) => {
        const detail = `server ${server.id} stops: ${error instanceof Error ? error.stack : String(error)}`;
        world.fail(new Violation('no server stops by itself', detail, { cause: error }));
      },
    });
  }

  #observer(server: ServerMachine): ServerOptions['observer'] {
    const { agreement, keptChanges, state } = this;
    const world = this.#world;
    const { id, name } = server;
    let recorded = '';
    /** The epoch that the server leads. */
    let led: number | undefined;
    return {
      onState: (tree) => {
        world.trace.record(world.nowMs, name, `has the state at ${formatZxid(tree.lastZxid)}`);
        keptChanges.begins(tree.lastZxid);
        this.#guard(server, () => agreement.stateIs(id, tree.lastZxid, tree.digest()));
      },
      onApplied: (txn, applied, tree) => {
        const digest = tree.digest();
        world.trace.mark(world.nowMs, id, txn.zxid);
        world.trace.markText(digest);
        if (world.trace.isRecorded)
          world.trace.record(world.nowMs, name, `applies ${describeTxn(txn, applied)}`);
        this.#guard(server, () => {
          const isNew = agreement.delivers(id, { zxid: txn.zxid, content: contentOf(txn), digest });
          if (!isNew) return;
          this.#mustBeDurable(txn.zxid);
          keptChanges.applies(txn.zxid, applied.changes.length);
          state.apply(txn, applied, world.nowMs);
        });
      },
      onStatus: (status) => {
        const { role, phase, epoch, leader, lastLogged } = status;
        if (role !== 'leading') led = undefined;
        else if (phase === 'broadcast' && epoch !== led) {
          led = epoch;
          this.#guard(server, () => agreement.leads(id, epoch, lastLogged));
        }
        if (!world.trace.isRecorded) return;
        const standing = `${role}/${phase} epoch=${epoch} leader=${leader ?? '-'} ${role === 'looking' ? status.lastLookedFor : ''}`;
        if (standing === recorded) return;
        recorded = standing;
        world.trace.record(world.nowMs, name, standing);
      },
    };
  }

  /** A transaction that any server delivers must be on the disks of a quorum. */
  #mustBeDurable(zxid: Zxid): void {
    const holders = this.servers.filter(({ disk }) => disk.holds(zxid));
    if (holders.length * 2 > this.servers.length) return;
    const detail = `${formatZxid(zxid)} is on the disks of ${holders.map(({ name }) => name).join() || 'no server'}`;
    throw new Violation('what is committed is on the disks of a quorum', detail);
  }

  /** Runs a check, unless the server is dead: what its remaining code still does has no effect. */
  #guard(server: ServerMachine, check: () => void): void {
    if (!server.isUp) return;
    try {
      check();
    } catch (error) {
      this.#world.fail(error);
    }
  }
}

/** Returns what identifies a transaction, apart from its zxid. */
function contentOf({ sessionId, xid, time, origin, command }: Txn): string {
  return `${origin}/${sessionId}/${xid}/${time}/${command.op}`;
}

function describeTxn({ zxid, sessionId, xid, command }: Txn, { error }: Applied): string {
  const path = 'path' in command ? ` ${command.path}` : '';
  const session = sessionId === 0 ? '-' : formatZxid(sessionId as Zxid);
  return `${formatZxid(zxid)} op ${command.op}${path} session ${session} xid ${xid}${error === 0 ? '' : ` error ${error}`}`;
}
