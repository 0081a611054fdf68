import { chmod, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const HISTORY_VARIABLE = 'CONCLAVE_HISTORY';
export const HISTORY_LINES_MAX = 1_000;
const LINE_LENGTH_MAX = 4_096;
/** A line that contains a credential is not written to the file. */
const SECRET_LINE = /^\s*addauth\b/;

/** The lines that were typed. Those of this run are numbered from 1, and a file keeps them for later runs. */
export class CommandHistory {
  readonly #lines: string[] = [];
  #earlier: readonly string[] = [];

  /** The lines of this run, oldest first; line number n is at n - 1. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The lines of this run and of earlier ones, newest first, as the arrow keys walk through them. */
  get recent(): string[] {
    return [...this.#lines].reverse().concat(this.#earlier).slice(0, HISTORY_LINES_MAX);
  }

  add(line: string): void {
    this.#lines.push(line);
  }

  /** Loads the lines of earlier runs. If the file cannot be read, there are none. */
  async load(file: string): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => '');
    this.#earlier = text
      .split('\n')
      .filter((line) => line !== '')
      .slice(-HISTORY_LINES_MAX)
      .reverse();
  }

  /**
   * Only its owner can read the file, because lines may contain data. Lines with credentials are left out. A failure to
   * write the file is ignored.
   */
  async save(file: string): Promise<void> {
    const lines = this.recent
      .filter((line) => line.length <= LINE_LENGTH_MAX && !SECRET_LINE.test(line))
      .filter((line, i, all) => line !== all[i + 1])
      .reverse();
    if (this.#lines.length === 0) return;
    try {
      await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
      await chmod(file, 0o600);
    } catch {}
  }
}

/** Returns `undefined` if the variable is empty, which means that the user wants no file. */
export function historyFile(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = environment[HISTORY_VARIABLE];
  if (named !== undefined) return named === '' ? undefined : named;
  return join(homedir(), '.conclave_history');
}
