import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BystanderReport } from './bystander-process.ts';

const PROCESS = fileURLToPath(new URL('./bystander-process.ts', import.meta.url));

/** A client in its own process that works while the servers are under attack. */
export class Bystander implements AsyncDisposable {
  readonly #child: ChildProcess;

  /** Starts a client. Resolves when it works. */
  static async start(servers: readonly string[], home: string): Promise<Bystander> {
    const child = fork(PROCESS, [servers.join(','), home], { execArgv: [] });
    await once(child, 'message', { signal: AbortSignal.timeout(30_000) });
    return new Bystander(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Ends the client and resolves to its report. */
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
