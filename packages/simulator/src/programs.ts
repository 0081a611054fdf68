import { formatZxid, type Zxid } from '@conclave/client';
import type { Random } from '@conclave/testkit';
import type { Workload } from './workloads/workload.ts';
import type { ClientMachine } from './world/client-machine.ts';
import type { SimProcess } from './world/sim-process.ts';
import type { World } from './world/world.ts';

/** The share of sessions that run a single workload. */
const ALONE_SHARE = 0.2;

/** The programs of all clients. Each opens a session, runs its workloads in it, and opens the next when it is over. */
export class Programs {
  readonly #world: World;
  readonly #machines: readonly ClientMachine[];
  readonly #workloads: readonly Workload[];
  /** Machines with a program that has come to its end. */
  readonly #over = new Set<ClientMachine>();
  /** The names of the clients that must still make progress. */
  readonly #expected = new Set<string>();
  #isStopping = false;

  constructor(world: World, machines: readonly ClientMachine[], workloads: readonly Workload[]) {
    this.#world = world;
    this.#machines = machines;
    this.#workloads = workloads;
  }

  /** Starts the program of client `number`, unless it runs already. */
  start(number: number): void {
    const machine = this.#machines[number - 1];
    if (machine === undefined || machine.isUp || this.#isStopping) return;
    machine.start(
      (process) => this.#run(machine, process),
      (error) => this.#world.fail(error),
    );
  }

  /** From now on, every client must make progress. */
  expectProgress(): void {
    for (const machine of this.#machines) this.#expected.add(machine.name);
  }

  get haveProgressed(): boolean {
    return this.#expected.size === 0;
  }

  stop(): void {
    this.#isStopping = true;
  }

  get areOver(): boolean {
    return this.#machines.every((machine) => this.#over.has(machine));
  }

  describe(): string {
    return this.#machines
      .map((machine) => {
        const state = machine.isUp ? 'up' : 'down';
        const waiting = this.#expected.has(machine.name) ? ', no progress' : '';
        return `${machine.name} ${state}${this.#over.has(machine) ? ', over' : ''}${waiting}`;
      })
      .join('\n');
  }

  async #run(machine: ClientMachine, process: SimProcess): Promise<void> {
    const { random, name } = process;
    for (let sessions = 1; !this.#isStopping; sessions++) {
      const workloads = this.#pick(random);
      const [{ sessionTimeoutMs } = {}] = workloads;
      const client = await machine.connect(
        process,
        sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs },
      );
      const programs = this;
      const participant = {
        name: `${name}.${machine.lives}.${sessions}`,
        client,
        process,
        random,
        get isActive() {
          return !programs.#isStopping && !client.session.signal.aborted;
        },
        sleep: (ms: number) => new Promise<void>((resolve) => void process.after(ms, resolve)),
        progress: () => {
          this.#expected.delete(name);
        },
        note: (text: string) => this.#world.trace.record(this.#world.nowMs, name, text),
      };
      client.onState((state) =>
        participant.note(`session ${formatZxid(Number(client.session.id) as Zxid)} is ${state}`),
      );
      await Promise.all(workloads.map((workload) => workload.run(participant)));
      await client.close();
    }
    this.#over.add(machine);
  }

  /** Draws the workloads of a session: some of them, or now and then a single one. */
  #pick(random: Random): readonly Workload[] {
    const alone = this.#workloads.filter(({ isAlone }) => isAlone);
    const others = this.#workloads.filter(({ isAlone }) => !isAlone);
    if (others.length === 0 || random.chance(ALONE_SHARE)) {
      const choice = alone.length > 0 && random.chance(0.7) ? alone : this.#workloads;
      return [random.pick(choice)];
    }
    const some = others.filter(() => random.chance(0.6));
    return some.length > 0 ? some : [random.pick(others)];
  }
}
