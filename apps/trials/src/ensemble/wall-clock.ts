import { rename, writeFile } from 'node:fs/promises';

const SHIFTED_CLOCK = new URL('./shifted-clock.ts', import.meta.url).href;

/** The wall clock of one process, which can be set while it runs. */
export class WallClock {
  /** The flags for the process's Node.js. */
  readonly flags: readonly string[] = ['--import', SHIFTED_CLOCK];
  readonly environment: Readonly<Record<string, string>>;
  readonly #file: string;

  /** `file` is where the process reads its shift from. It need not exist. */
  constructor(file: string) {
    this.#file = file;
    this.environment = { CONCLAVE_TRIALS_CLOCK: file };
  }

  /** Shifts the clock from now on. */
  async set(shiftMs: number): Promise<void> {
    // The rename replaces the file in one step, so that the process never reads half a number.
    await writeFile(`${this.#file}.new`, String(shiftMs));
    await rename(`${this.#file}.new`, this.#file);
  }
}
