import { invariant } from '@conclave/protocol';
import type { Appointment, Random } from '@conclave/testkit';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/**
 * One life of a program, from its start to its exit or its death. While it is paused, everything that happens to it
 * waits. Once it is dead, nothing happens to it any more.
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
  /** How many effects on the outside it may still have. Then it dies, in the middle of its work. */
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

  /** Runs a turn of the process's event loop: now, or when the process is no longer paused. */
  deliver(turn: () => void): void {
    if (!this.#isAlive) return;
    if (this.#pauses > 0 || this.#backlog.length > 0) this.#backlog.push(turn);
    else this.#world.enter(this, turn);
  }

  /** Sets a timer by the process's own clock. */
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

  /** To be called before every effect on the outside. Returns false if the process is dead: then there is no effect. */
  mayAct(): boolean {
    if (!this.#isAlive) return false;
    if (this.#effectsLeft-- > 0) return true;
    this.kill();
    return false;
  }

  /**
   * Lets the process have `effects` more effects, and kills it just before the next one, wherever in its code that
   * is.
   */
  dieAfterEffects(effects: number): void {
    this.#effectsLeft = effects;
  }

  /** Adds a handler for the death of the process. Handlers run in the order in which they were added. */
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
    invariant(this.#pauses > 0, `${this.name} resumes without a pause`);
    this.#pauses--;
    if (this.#pauses === 0) this.#catchUp();
  }

  /** Runs the turns that have waited during the pause, one after the other, before any new one. */
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
