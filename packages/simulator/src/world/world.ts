import { Agenda, type Appointment, Random } from '@conclave/testkit';
import { Trace } from '../trace.ts';
import { divertGlobals, nextTurn } from './real-world.ts';

/**
 * Events in one round of the real event loop. A larger number saves system calls; a smaller one wastes less at the
 * end of a run.
 */
const EVENTS_PER_ROUND = 32;

/** The process that a turn belongs to. Code that runs in the turn sees its clocks, timers and random numbers. */
export interface RunningProcess {
  readonly random: Random;
  monotonicMs(): number;
  wallMs(): number;
  setTimer(delayMs: number, task: () => void): Appointment;
}

/**
 * Virtual time and everything that happens in it, one event after the other. An event is a turn of the event loop of
 * one process. Before the next event begins, all callbacks of promises that the event settled have run. Nothing else
 * ever runs, so one seed always has the same run.
 */
export class World {
  readonly random: Random;
  readonly trace: Trace;
  /** Work that a turn defers to its end is done within this time, together with work that arrives meanwhile. */
  readonly turnMs: number;
  readonly #agenda = new Agenda();
  /** The process that the present turn belongs to; undefined during events of the world itself. */
  #current: RunningProcess | undefined;
  #isRunning = false;
  #stopped = false;
  #failure: { readonly error: unknown } | undefined;
  events = 0;

  constructor(seed: number, turnMs: number, trace: Trace = new Trace()) {
    this.turnMs = turnMs;
    this.random = new Random(seed);
    this.trace = trace;
  }

  /** Milliseconds since the beginning of the world. */
  get nowMs(): number {
    return this.#agenda.now;
  }

  /** Schedules an event of the world itself. It belongs to no process, and no pause delays it. */
  after(delayMs: number, run: () => void): Appointment {
    return this.#agenda.after(delayMs, run);
  }

  /** Runs `run` as the process's turn. Until the event is over, all code belongs to that process. */
  enter(process: RunningProcess, run: () => void): void {
    this.#current = process;
    run();
  }

  /** Ends `run` after the present event. */
  stop(): void {
    this.#stopped = true;
  }

  /** Ends `run` after the present event. `run` then rejects with the first error that `fail` was called with. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.stop();
  }

  /**
   * Runs all events up to `untilMs`, or until `stop` is called. Rejects with the first error that an event throws or
   * that `fail` was called with.
   */
  run(untilMs: number): Promise<void> {
    if (this.#isRunning) throw new TypeError('the world is already running');
    this.#isRunning = true;
    this.#stopped = false;
    const restore = divertGlobals(this.#globals());
    return new Promise((resolve, reject) => {
      let isOver = false;
      const step = (): void => {
        this.#current = undefined;
        if (isOver) return;
        const run = this.#stopped ? undefined : this.#agenda.next(untilMs);
        if (run === undefined) {
          isOver = true;
          return;
        }
        this.events++;
        this.trace.mark(this.#agenda.now);
        try {
          run();
        } catch (error) {
          this.fail(error);
        }
      };
      const round = (): void => {
        // Node.js runs all callbacks of settled promises before it begins the next task of the event loop.
        for (let i = 0; i < EVENTS_PER_ROUND; i++) nextTurn(step);
        nextTurn(endOfRound);
      };
      const endOfRound = (): void => {
        this.#current = undefined;
        if (!isOver) {
          round();
          return;
        }
        restore();
        this.#isRunning = false;
        if (!this.#stopped) this.#agenda.advance(untilMs);
        if (this.#failure === undefined) resolve();
        else reject(this.#failure.error);
      };
      round();
    });
  }

  #globals() {
    const process = (): RunningProcess => {
      if (this.#current === undefined) throw new TypeError('no process is running');
      return this.#current;
    };
    const world = this;
    return {
      get inside() {
        return world.#current !== undefined;
      },
      monotonicMs: () => process().monotonicMs(),
      wallMs: () => process().wallMs(),
      random: () => process().random.next(),
      fillRandom: (bytes: Uint8Array) => process().random.fill(bytes),
      setTimer: (task: () => void, delayMs: number): object => process().setTimer(delayMs, task),
      clearTimer: (timer: object) => {
        (timer as Appointment).run = undefined;
      },
    };
  }
}
