import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BystanderReport } from './bystander-process.ts';

const PROCESS = fileURLToPath(new URL('./bystander-process.ts', import.meta.url));

/** A client in a process of its own that works while the servers are put under stress. */
export class Bystander implements AsyncDisposable {
  readonly #child: ChildProcess;

  /** Resolves when it is at work. */
  static async start(servers: readonly string[], home: string): Promise<Bystander> {
    const child = fork(PROCESS, [servers.join(','), home], { execArgv: [] });
    await once(child, 'message', { signal: AbortSignal.timeout(30_000) });
    return new Bystander(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Ends its work and returns what it has noticed. */
  async stop(): Promise<BystanderReport> {
    const reported = once(this.#child, 'message', { signal: AbortSignal.timeout(30_000) });
    const exited = once(this.#child, 'exit');
    this.#child.send('stop');
    const [report]: [BystanderReport] = (await reported) as [BystanderReport];
    await exited;
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
