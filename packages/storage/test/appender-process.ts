import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const APPENDER = fileURLToPath(new URL('./appender.ts', import.meta.url));

/** The appender as a process of its own, with what it has said so far. */
export class AppenderProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  #waiting: (() => void)[] = [];

  /** `prefix` is a shell command that the process is started by. */
  constructor(directory: string, prefix = '', walBytesMax = '') {
    const command = `${prefix} exec "$0" "$@"`;
    const args = ['-c', command, process.execPath, APPENDER, directory];
    if (walBytesMax !== '') args.push(walBytesMax);
    this.#child = spawn('bash', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => {
      this.#child.kill('SIGKILL');
    });
    if (this.#child.stdout === null) throw new Error('the appender has no output');
    createInterface(this.#child.stdout).on('line', (line) => {
      this.lines.push(line);
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Waits for a line after which the condition holds. */
  async until(condition: (lines: readonly string[]) => boolean): Promise<void> {
    while (!condition(this.lines)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when the process is gone and everything it said was read. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** The last counter it reported in lines that begin so; 0 if there is none. */
  last(kind: 'persisted' | 'checkpoint'): number {
    return Number(this.lines.findLast((line) => line.startsWith(`${kind} `))?.split(' ')[1] ?? 0);
  }
}
