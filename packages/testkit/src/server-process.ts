import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const STOP_TIMEOUT_MS = 5_000;
const LOG_LINES_SHOWN = 15;

export interface ServerProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Standard output and standard error are appended to this file. */
  readonly logFile: string;
  /** Variables added to those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A server in a process of its own, which ends at the latest when this process ends. */
export class ServerProcess {
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  #running = true;
  readonly #endWithParent = (): void => this.signal('SIGKILL');

  constructor({ command, args, cwd, logFile, environment = {} }: ServerProcessSpec) {
    const log = openSync(logFile, 'a');
    // In a group of its own, because a terminal's interrupt is for the calling program, which then stops the servers.
    this.#child = spawn(command, args, {
      cwd,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...environment },
      detached: true,
    });
    closeSync(log);
    this.#logFile = logFile;
    process.on('exit', this.#endWithParent);
    this.exited = new Promise((resolve) => {
      const ended = (): void => {
        this.#running = false;
        process.off('exit', this.#endWithParent);
        resolve();
      };
      this.#child.once('exit', ended);
      this.#child.once('error', ended);
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#child.spawnfile} could not be started`);
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Does nothing once the process has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** Sends SIGTERM, also to a frozen process, and SIGKILL after five seconds. Idempotent. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    this.signal('SIGCONT');
    const killTimer = setTimeout(() => this.signal('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(killTimer);
  }

  /** Resolves to the last lines of the log. */
  async logTail(): Promise<string> {
    const text = await readFile(this.#logFile, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
  }
}
