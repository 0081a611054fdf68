import { rename, writeFile } from 'node:fs/promises';

const SHIFTED_CLOCK = new URL('./shifted-clock.ts', import.meta.url).href;

/** The wall clock of one process, which can be set while it runs. */
export class WallClock {
  /** For the process's Node. */
  readonly flags: readonly string[] = ['--import', SHIFTED_CLOCK];
  readonly environment: Readonly<Record<string, string>>;
  readonly #file: string;

  /** `file`: where the process looks how late it is; need not be there. */
  constructor(file: string) {
    this.#file = file;
    this.environment = { CONCLAVE_TRIALS_CLOCK: file };
  }

  /** From now on it differs from the true one by so much. */
  async set(shiftMs: number): Promise<void> {
    // In one step: whoever looks meanwhile must not see half a number.
    await writeFile(`${this.#file}.new`, String(shiftMs));
    await rename(`${this.#file}.new`, this.#file);
  }
}
