import { chmod, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const HISTORY_VARIABLE = 'CONCLAVE_HISTORY';
export const HISTORY_LINES_MAX = 1_000;
const LINE_LENGTH_MAX = 4_096;
/** A line with a credential in it is not for a file. */
const SECRET_LINE = /^\s*addauth\b/;

/** What was typed: numbered from 1 in this run, and kept in a file from one run to the next. */
export class CommandHistory {
  readonly #lines: string[] = [];
  #earlier: readonly string[] = [];

  /** The lines of this run, the first first; line number n is at n - 1. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Lines of this and of earlier runs, the last first: what the arrow keys walk through. */
  get recent(): string[] {
    return [...this.#lines].reverse().concat(this.#earlier).slice(0, HISTORY_LINES_MAX);
  }

  add(line: string): void {
    this.#lines.push(line);
  }

  /** A file that cannot be read is a history that is empty. */
  async load(file: string): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => '');
    this.#earlier = text
      .split('\n')
      .filter((line) => line !== '')
      .slice(-HISTORY_LINES_MAX)
      .reverse();
  }

  /** Readable by its owner alone: data may be in it, but no credentials. A file that cannot be written is no reason to fail. */
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

/** `undefined`: the user wants none (an empty variable). */
export function historyFile(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = environment[HISTORY_VARIABLE];
  if (named !== undefined) return named === '' ? undefined : named;
  return join(homedir(), '.conclave_history');
}
