import { Agenda, type Appointment, Random } from '@conclave/testkit';
import { Trace } from '../trace.ts';
import { divertGlobals, nextTurn } from './real-world.ts';

/** How many events one round of the real event loop takes: more saves system calls, fewer what a run's end wastes. */
const EVENTS_PER_ROUND = 32;

/** The process that a turn of an event loop belongs to. Its clocks, timers and random numbers are what code then sees. */
export interface RunningProcess {
  readonly random: Random;
  monotonicMs(): number;
  wallMs(): number;
  setTimer(delayMs: number, task: () => void): Appointment;
}

/**
 * Virtual time and everything that happens in it, one event after the other. Before the next event begins, every
 * promise that the one before has made ready has had its say: an event is a turn of the event loop of one process, and
 * nothing else ever runs. So one seed has one run.
 */
export class World {
  readonly random: Random;
  readonly trace: Trace;
  /** What is made ready in a turn of an event loop is done within this time; what arrives meanwhile joins it. */
  readonly turnMs: number;
  readonly #agenda = new Agenda();
  /** The process whose turn it is; undefined while nature acts. */
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

  /** Milliseconds since the beginning. */
  get nowMs(): number {
    return this.#agenda.now;
  }

  /** Nature acts: nobody's process, and not to be delayed by any pause. */
  after(delayMs: number, run: () => void): Appointment {
    return this.#agenda.after(delayMs, run);
  }

  /** Runs `run` as the process's turn; until the event is over all code belongs to that process. */
  enter(process: RunningProcess, run: () => void): void {
    this.#current = process;
    run();
  }

  /** Ends `run` after the present event. */
  stop(): void {
    this.#stopped = true;
  }

  /** Ends `run` after the present event; it rejects with the first error that it is told. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.stop();
  }

  /** Lets everything happen up to `untilMs`, or until somebody calls `stop`. Rejects with what an event throws, or `fail` was told. */
  run(untilMs: number): Promise<void> {
    if (this.#isRunning) throw new TypeError('the world runs already');
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
        // The promises of one event are settled before the next task of the event loop begins.
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
