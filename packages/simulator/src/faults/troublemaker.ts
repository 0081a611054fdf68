import type { Ensemble } from '../ensemble.ts';
import type { Death, Machine } from '../world/machine.ts';
import type { Silence } from '../world/network.ts';
import type { ServerMachine } from '../world/server-machine.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { World } from '../world/world.ts';
import { type Cut, describeFault, type Fault, type FaultType, type Party, type Target } from './fault.ts';
import { findTarget, waysOf } from './partition.ts';

/** How long a new ensemble may take to elect its first leader without the servers that start late. */
const FIRST_ELECTION_MS = 5_000;

export interface TroublemakerOptions {
  /** Starts a client's program again. */
  readonly startClient: (client: number) => void;
}

/** Begins the faults of a schedule at their times and ends them at theirs. `heal` ends all of them at once. */
export class Troublemaker {
  readonly #world: World;
  readonly #ensemble: Ensemble;
  readonly #options: TroublemakerOptions;
  readonly #remedies = new Set<() => void>();
  #isOver = false;
  /** How many faults of each kind have happened. */
  readonly counts = new Map<FaultType, number>();

  constructor(world: World, ensemble: Ensemble, options: TroublemakerOptions) {
    this.#world = world;
    this.#ensemble = ensemble;
    this.#options = options;
  }

  /** Starts the servers, except those that start late. */
  startServers(faults: readonly Fault[]): void {
    const absent = new Set(faults.map((fault) => (fault.type === 'absent' ? fault.id : 0)));
    for (const server of this.#ensemble.servers) {
      if (!absent.has(server.id)) server.start();
      else {
        // If the very first election was cut short, it may have to wait for all members, so none may stay away.
        this.#world.after(FIRST_ELECTION_MS, () => {
          if (this.#ensemble.agreement.epochs === 0) server.start();
        });
      }
    }
  }

  schedule(faults: readonly Fault[]): void {
    const { nowMs } = this.#world;
    for (const fault of faults) {
      this.#world.after(fault.atMs, () => {
        if (this.#isOver) return;
        this.counts.set(fault.type, (this.counts.get(fault.type) ?? 0) + 1);
        if (this.#world.trace.isRecorded)
          this.#world.trace.record(
            this.#world.nowMs,
            '-',
            describeFault({ ...fault, atMs: fault.atMs + nowMs }),
          );
        this.#strike(fault);
      });
    }
  }

  /** Ends every fault: the network is whole, disks work, and every machine is up and running. */
  heal(): void {
    this.#isOver = true;
    for (const remedy of [...this.#remedies]) remedy();
    for (const server of this.#ensemble.servers) {
      server.disk.memory.heal();
      server.disk.memory.endLie();
      server.start();
    }
    for (let client = 1; client <= this.#ensemble.clients.length; client++) this.#options.startClient(client);
    this.#world.trace.record(this.#world.nowMs, '-', 'all faults are healed');
  }

  #strike(fault: Fault): void {
    const ensemble = this.#ensemble;
    switch (fault.type) {
      case 'crash': {
        const server = this.#find(fault.target);
        this.#crash(server, fault);
        this.#later(fault.downMs, () => server.start());
        return;
      }
      case 'crash-all':
        ensemble.servers.forEach((server, i) => {
          server.kill(fault.death);
          this.#later(fault.downMs + (fault.spreadMs * i) / ensemble.servers.length, () => server.start());
        });
        return;
      case 'leave': {
        const server = this.#find(fault.target);
        server.leave();
        this.#later(fault.downMs + 3_000, () => {
          server.kill();
          server.start();
        });
        return;
      }
      case 'pause':
        this.#pause(this.#find(fault.target).process, fault.forMs);
        return;
      case 'stall': {
        const server = this.#find(fault.target);
        const target: Target = { type: 'server', id: server.id };
        this.#pause(server.process, fault.forMs);
        this.#cut({ type: 'isolate', target, clientsToo: false }, 'drop', fault.cutMs);
        return;
      }
      case 'cut':
        this.#cut(fault.cut, fault.silence, fault.forMs);
        return;
      case 'break':
        ensemble.network.breakStreams(ensemble.server(fault.a).name, this.#nameOf(fault.b));
        return;
      case 'hang':
        ensemble.network.hangStreams(ensemble.server(fault.a).name, this.#nameOf(fault.b));
        return;
      case 'slow-link':
        this.#slowLink(this.#find(fault.target), fault);
        return;
      case 'slow-disk': {
        const { disk } = this.#find(fault.target);
        disk.slowDown(fault.extraMs);
        this.#later(fault.forMs, () => disk.slowDown(0));
        return;
      }
      case 'disk': {
        const server = this.#find(fault.target);
        server.disk.memory.fail(fault.code);
        this.#later(fault.forMs, () => {
          server.disk.memory.heal();
          server.start();
        });
        return;
      }
      case 'lie':
      case 'lose-tail':
      case 'lose-disk':
      case 'rot':
        // A blank disk looks like one that lost its data. So no disk may lose data before all have been used.
        if (ensemble.servers.every(({ disk }) => disk.isUsed)) this.#spoilDisk(fault);
        return;
      case 'clock-jump':
        this.#find(fault.target).machine.jumpWallClock(fault.byMs);
        return;
      case 'absent':
        this.#later(fault.forMs, () => ensemble.server(fault.id).start());
        return;
      case 'diverge':
        this.#diverge(this.#find({ type: 'leader' }), fault);
        return;
      case 'usurp':
        this.#usurp(this.#find({ type: 'leader' }), fault);
        return;
      case 'depose':
        this.#depose(fault);
        return;
      case 'client-crash':
        this.#crash(ensemble.client(fault.client), fault);
        this.#later(fault.downMs, () => this.#options.startClient(fault.client));
        return;
      case 'client-clock-jump':
        ensemble.client(fault.client).machine.jumpWallClock(fault.byMs);
        return;
      case 'client-pause':
        this.#pause(ensemble.client(fault.client).process, fault.forMs);
        return;
      case 'lose-answers':
        this.#loseAnswers(ensemble.client(fault.client).machine, fault.forMs);
        return;
      default:
        fault satisfies never;
    }
  }

  #find(target: Target): ServerMachine {
    return findTarget(this.#ensemble, target);
  }

  #nameOf({ type, number }: Party): string {
    const ensemble = this.#ensemble;
    return type === 'server' ? ensemble.server(number).name : ensemble.client(number).name;
  }

  /** Runs the remedy after the delay, or when `heal` is called. */
  #later(delayMs: number, remedy: () => void): void {
    const once = (): void => {
      if (this.#remedies.delete(once)) remedy();
    };
    this.#remedies.add(once);
    this.#world.after(delayMs, once);
  }

  /** Kills the machine now, or in the middle of its work, but in any case before it is to come back. */
  #crash(
    machine: { readonly process: SimProcess | undefined; kill(death: Death): void },
    { death, effects, downMs }: { readonly death: Death; readonly effects: number; readonly downMs: number },
  ): void {
    const { process } = machine;
    const die = (): void => {
      if (machine.process === process) machine.kill(death);
    };
    if (effects === 0) die();
    else process?.dieAfterEffects(effects);
    this.#later(downMs, die);
  }

  /** Cuts the leader off from the other servers only. Its clients still reach it. */
  #diverge(
    leader: ServerMachine,
    { forMs, downMs }: { readonly forMs: number; readonly downMs: number },
  ): void {
    const target: Target = { type: 'server', id: leader.id };
    this.#cut({ type: 'isolate', target, clientsToo: false }, 'drop', forMs + downMs / 2);
    this.#later(forMs, () => {
      leader.kill();
      this.#later(downMs, () => leader.start());
    });
  }

  #usurp(
    leader: ServerMachine,
    { extraMs, forMs }: { readonly extraMs: number; readonly forMs: number },
  ): void {
    const target: Target = { type: 'server', id: leader.id };
    this.#slowLink(leader, { to: 'servers', extraMs, bytesPerMs: 1_000, forMs: extraMs + forMs });
    this.#world.after(extraMs, () => {
      if (!this.#isOver) this.#cut({ type: 'one-way', target, way: 'out' }, 'drop', forMs);
    });
  }

  #depose({ how, times, everyMs }: Extract<Fault, { type: 'depose' }>): void {
    const leader = this.#find({ type: 'leader' });
    const target: Target = { type: 'server', id: leader.id };
    switch (how) {
      case 'kill':
        leader.kill();
        this.#later(everyMs / 2, () => leader.start());
        break;
      case 'leave':
        leader.leave();
        this.#later(2 * everyMs, () => {
          leader.kill();
          leader.start();
        });
        break;
      case 'pause':
        this.#pause(leader.process, everyMs);
        break;
      case 'cut':
        this.#cut({ type: 'isolate', target, clientsToo: false }, 'drop', everyMs);
        break;
      default:
        how satisfies never;
    }
    if (times <= 1) return;
    this.#world.after(everyMs, () => {
      if (!this.#isOver) this.#depose({ atMs: 0, type: 'depose', how, times: times - 1, everyMs });
    });
  }

  #pause(process: SimProcess | undefined, forMs: number): void {
    if (process === undefined) return;
    process.pause();
    this.#world.trace.record(this.#world.nowMs, process.name, 'is paused');
    this.#later(forMs, () => {
      this.#world.trace.record(this.#world.nowMs, process.name, 'resumes');
      process.resume();
    });
  }

  #cut(cut: Cut, silence: Silence, forMs: number): void {
    const { network } = this.#ensemble;
    const mends = waysOf(this.#ensemble, cut).map(([from, to]) => network.block(from, to, silence));
    this.#later(forMs, () => {
      for (const mend of mends) mend();
    });
  }

  #slowLink(
    { name }: ServerMachine,
    {
      to,
      extraMs,
      bytesPerMs,
      forMs,
    }: Omit<Extract<Fault, { type: 'slow-link' }>, 'type' | 'atMs' | 'target'>,
  ): void {
    const { network, servers, clients } = this.#ensemble;
    const machines: readonly { readonly name: string }[] = to === 'servers' ? servers : clients;
    const others = machines.filter((other) => other.name !== name);
    const mends = others.flatMap((other) => [
      network.slowDown(name, other.name, { extraMs, bytesPerMs }),
      network.slowDown(other.name, name, { extraMs, bytesPerMs }),
    ]);
    this.#later(forMs, () => {
      for (const mend of mends) mend();
    });
  }

  #spoilDisk(fault: Extract<Fault, { type: 'lie' | 'lose-tail' | 'lose-disk' | 'rot' }>): void {
    const server = this.#ensemble.server(fault.id);
    const { disk } = server;
    switch (fault.type) {
      case 'lie':
        disk.memory.lie();
        this.#later(fault.forMs, () => {
          server.kill('machine');
          disk.memory.endLie();
          this.#later(fault.downMs, () => server.start());
        });
        return;
      case 'lose-disk':
        server.kill();
        disk.replace();
        break;
      case 'lose-tail':
        server.kill();
        disk.loseTail(fault.entries);
        break;
      case 'rot':
        if (fault.isKilled) server.kill();
        disk.rot(fault.what, fault.place);
        break;
      default:
        fault satisfies never;
    }
    this.#later(fault.downMs, () => server.start());
  }

  /** Lets the client's requests arrive but not the answers, and then breaks its connections. */
  #loseAnswers({ name }: Machine, forMs: number): void {
    const { network, servers } = this.#ensemble;
    const mends = servers.map((server) => network.block(server.name, name, 'drop'));
    this.#later(forMs, () => {
      for (const server of servers) network.breakStreams(server.name, name);
      for (const mend of mends) mend();
    });
  }
}
