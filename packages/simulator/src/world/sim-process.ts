import type { Appointment, Random } from '@conclave/testkit';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/**
 * One life of a program: from its start to its exit or its death. What happens to it waits while it is paused, and
 * nothing happens to it any more once it is dead.
 */
export class SimProcess {
  readonly machine: Machine;
  readonly random: Random;
  readonly #world: World;
  readonly #backlog: (() => void)[] = [];
  readonly #deathHandlers: (() => void)[] = [];
  #isAlive = true;
  #pauses = 0;
  #isCatchingUp = false;
  /** Effects on the outside that it may still have; then it dies in the middle of whatever it does. */
  #effectsLeft = Number.POSITIVE_INFINITY;

  constructor(world: World, machine: Machine, random: Random) {
    this.#world = world;
    this.machine = machine;
    this.random = random;
  }

  get name(): string {
    return this.machine.name;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  monotonicMs(): number {
    return this.machine.monotonicMs();
  }

  wallMs(): number {
    return this.machine.wallMs();
  }

  /** Something happens to the process, as a turn of its event loop: now, or when it runs again. */
  deliver(turn: () => void): void {
    if (!this.#isAlive) return;
    if (this.#pauses > 0 || this.#backlog.length > 0) this.#backlog.push(turn);
    else this.#world.enter(this, turn);
  }

  /** By the process's own clock. */
  setTimer(delayMs: number, task: () => void): Appointment {
    const delay = this.machine.worldMs(Math.max(0, delayMs));
    const appointment = this.#world.after(delay, () => {
      this.deliver(() => {
        // It may have been cleared while the process was paused.
        if (appointment.run !== undefined) task();
      });
    });
    return appointment;
  }

  after(delayMs: number, task: () => void): () => void {
    const appointment = this.setTimer(delayMs, task);
    return () => {
      appointment.run = undefined;
    };
  }

  endOfTurn(task: () => void): void {
    this.#world.after(this.random.next() * this.#world.turnMs, () => this.deliver(task));
  }

  /** To be asked before every effect on the outside. False: the process is dead, and it has none. */
  mayAct(): boolean {
    if (!this.#isAlive) return false;
    if (this.#effectsLeft-- > 0) return true;
    this.kill();
    return false;
  }

  /** Lets it die when it is about to have its next effect but `effects`, wherever in its code that is. */
  dieAfterEffects(effects: number): void {
    this.#effectsLeft = effects;
  }

  /** Called when it dies, in the order of asking. */
  onDeath(handler: () => void): void {
    this.#deathHandlers.push(handler);
  }

  kill(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#backlog.length = 0;
    for (const handler of this.#deathHandlers.splice(0)) handler();
  }

  pause(): void {
    this.#pauses++;
  }

  resume(): void {
    this.#pauses--;
    if (this.#pauses === 0) this.#catchUp();
  }

  /** What came in meanwhile, one turn after the other, before anything new. */
  #catchUp(): void {
    if (this.#isCatchingUp || this.#backlog.length === 0) return;
    this.#isCatchingUp = true;
    this.#world.after(0, () => {
      this.#isCatchingUp = false;
      if (!this.#isAlive || this.#pauses > 0) return;
      const turn = this.#backlog[0];
      if (turn === undefined) return;
      this.#world.enter(this, turn);
      this.#backlog.shift();
      this.#catchUp();
    });
  }
}
