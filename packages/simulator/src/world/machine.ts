/** The time at which the world begins, by a correct clock: 2030-01-01T00:00:00Z. */
const BEGINNING_MS = 1_893_456_000_000;

/** How a program dies: it is killed, or its machine loses power. */
export type Death = 'program' | 'machine';

export interface ClockErrors {
  /** The speed of the clocks: 1.01 gains ten milliseconds in a second. */
  readonly rate: number;
  /** The error of the wall clock at the beginning. */
  readonly offsetMs: number;
}

/** The time that no machine's clock shows exactly. */
export interface TrueTime {
  /** Milliseconds since the beginning of the world. */
  readonly nowMs: number;
}

/** A computer: its clocks, and whether it has power. Its name is its address. */
export class Machine {
  readonly name: string;
  readonly #time: TrueTime;
  readonly #rate: number;
  #wallOffsetMs: number;
  #hasPower = true;

  constructor(time: TrueTime, name: string, { rate, offsetMs }: ClockErrors) {
    this.#time = time;
    this.name = name;
    this.#rate = rate;
    this.#wallOffsetMs = offsetMs;
  }

  get hasPower(): boolean {
    return this.#hasPower;
  }

  /** The monotonic clock. It does not start from 0, as `performance.now()` does not in a program that runs already. */
  monotonicMs(): number {
    return 1_000 + this.#time.nowMs * this.#rate;
  }

  wallMs(): number {
    return Math.floor(BEGINNING_MS + this.#wallOffsetMs + this.#time.nowMs * this.#rate);
  }

  /** Converts `ms` by this machine's clocks into true time. */
  worldMs(ms: number): number {
    return ms / this.#rate;
  }

  jumpWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  switchOff(): void {
    this.#hasPower = false;
  }

  switchOn(): void {
    this.#hasPower = true;
  }
}
