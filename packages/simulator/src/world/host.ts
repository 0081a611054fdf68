import { invariant } from '@conclave/protocol';
import type { Random } from '@conclave/testkit';
import { type ClockErrors, type Death, Machine } from './machine.ts';
import type { Network } from './network.ts';
import { SimProcess } from './sim-process.ts';
import type { World } from './world.ts';

/** A machine in the network that runs a program, one life after the other. */
export class Host {
  readonly machine: Machine;
  readonly #world: World;
  readonly #network: Network;
  readonly #random: Random;
  #lives = 0;
  #process: SimProcess | undefined;

  constructor(world: World, network: Network, random: Random, name: string, clock: ClockErrors) {
    this.#world = world;
    this.#network = network;
    this.#random = random;
    this.machine = new Machine(world, name, clock);
    network.add(this.machine);
  }

  get name(): string {
    return this.machine.name;
  }

  /** The process of the present life, or of the last one. */
  get process(): SimProcess | undefined {
    return this.#process;
  }

  get isUp(): boolean {
    return this.#process?.isAlive === true;
  }

  get lives(): number {
    return this.#lives;
  }

  /** Begins a new life, after the last one has ended. Switches the machine on if it is off. */
  begin(): SimProcess {
    invariant(!this.isUp, `${this.name} runs already`);
    if (!this.machine.hasPower) {
      this.machine.switchOn();
      this.#network.powerRestored(this.machine);
    }
    this.#lives++;
    this.#process = new SimProcess(this.#world, this.machine, this.#random.fork(`life ${this.#lives}`));
    return this.#process;
  }

  /** Ends the present life, if there is one, by killing the program or by switching off the machine. */
  kill(death: Death): void {
    if (!this.isUp) return;
    this.record(death === 'program' ? 'is killed' : 'loses power');
    if (death === 'machine') {
      this.machine.switchOff();
      this.#network.powerLost(this.machine);
    }
    this.#process?.kill();
  }

  /** Adds a line about this machine to the trace. */
  record(text: string): void {
    this.#world.trace.record(this.#world.nowMs, this.name, text);
  }
}
