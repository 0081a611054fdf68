import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connect } from '@conclave/client';

export const PATHS = {
  writes: '/contended/writes',
  lock: '/contended/lock',
  uses: '/contended/uses',
} as const;

/** `keep` means that the process never releases the next grant that one of its clients gets. */
export type ContenderOrder = 'stop' | 'keep';

/** Times are by the monotonic clock that all processes of a machine share. */
export type ContenderReport =
  | { readonly type: 'written'; readonly node: string; readonly path: string }
  | { readonly type: 'unwritten'; readonly node: string; readonly code: string }
  | {
      readonly type: 'held';
      readonly client: string;
      readonly token: number;
      readonly at: number;
      readonly keeps: boolean;
    }
  | { readonly type: 'released'; readonly client: string; readonly token: number; readonly at: number }
  | { readonly type: 'unlocked'; readonly client: string; readonly code: string };

/** The time for which a client believed that it held the lock. `until` is Infinity while it still does. */
export interface HeldInterval {
  readonly client: string;
  readonly token: number;
  readonly from: number;
  until: number;
}

/** How many writes of a client have a known outcome, and how many of these succeeded. */
interface WriteProgress {
  answered: number;
  acknowledged: number;
}

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Creates the parent nodes for the contenders. */
export async function createContended(servers: readonly string[]): Promise<void> {
  await using client = await connect({ servers });
  for (const path of [PATHS.writes, PATHS.uses]) await client.create(path, null, { parents: true });
}

const PROCESS = fileURLToPath(new URL('./contender-process.ts', import.meta.url));

export interface ContentionOptions {
  readonly servers: readonly string[];
  readonly processes: number;
  readonly clientsEach: number;
  readonly sessionTimeoutMs: number;
}

/** The processes whose clients contend, and their reports. */
export class Contention implements AsyncDisposable {
  /** The paths of acknowledged writes by the requested names. */
  readonly written = new Map<string, string>();
  /** Why a write has no answer, or was refused, by the requested name. */
  readonly unwritten = new Map<string, string>();
  readonly intervals: HeldInterval[] = [];
  readonly #options: ContentionOptions;
  readonly #reports = new EventEmitter<{ report: [] }>();
  readonly #running = new Map<string, ChildProcess>();
  readonly #progress = new Map<string, WriteProgress>();
  /** Clients that hold a grant that they will never release. */
  readonly #keepers = new Set<string>();
  #failure: Error | undefined;
  #started = 0;

  constructor(options: ContentionOptions) {
    this.#options = options;
    for (let i = 0; i < options.processes; i++) this.startProcess();
  }

  startProcess(): void {
    const { clientsEach, servers, sessionTimeoutMs } = this.#options;
    const name = `p${this.#started++}`;
    const args = [name, String(clientsEach), servers.join(','), String(sessionTimeoutMs)];
    const child = fork(PROCESS, args, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#running.set(name, child);
    for (let i = 0; i < clientsEach; i++) {
      this.#progress.set(`${name}.${i}`, { answered: 0, acknowledged: 0 });
    }
    child.on('message', (report: ContenderReport) => this.#take(report));
    child.once('exit', (code) => {
      if (this.#running.get(name) === child && code !== 0) this.#fail(`process ${name} ended with ${code}`);
    });
  }

  /**
   * Waits until every client has had `writes` more writes acknowledged and the lock was granted `writes` more times.
   */
  async progress(writes: number): Promise<void> {
    const goals = new Map<string, number>();
    for (const [client, { acknowledged }] of this.#progress) goals.set(client, acknowledged + writes);
    const grants = this.intervals.length + writes;
    await this.#until(
      () =>
        this.intervals.length >= grants &&
        [...goals].every(([client, goal]) => (this.#progress.get(client)?.acknowledged ?? goal) >= goal),
    );
  }

  /**
   * Kills a process while one of its clients holds the lock. When another client gets the lock, resolves to the time
   * that this took, in milliseconds.
   */
  async killHolder(): Promise<number> {
    const [first] = this.#running;
    if (first === undefined) throw new Error('no process runs');
    const [name, child] = first;
    const seen = this.intervals.length;
    child.send('keep' satisfies ContenderOrder);
    const isOfProcess = (client: string): boolean => client.startsWith(`${name}.`);
    const isKept = ({ client }: HeldInterval): boolean => isOfProcess(client) && this.#keepers.has(client);
    await this.#until(() => this.intervals.slice(seen).some(isKept));
    const closed = once(child, 'close');
    this.#running.delete(name);
    const killedAt = monotonicMs();
    child.kill('SIGKILL');
    await closed;
    for (const interval of this.intervals) {
      if (isOfProcess(interval.client)) interval.until = Math.min(interval.until, killedAt);
    }
    for (const [client, { answered }] of this.#progress) {
      if (!isOfProcess(client)) continue;
      this.unwritten.set(`${client}-${answered}`, 'OUTCOME_UNKNOWN');
      this.#progress.delete(client);
    }
    const known = this.intervals.length;
    await this.#until(() => this.intervals.length > known);
    return (this.intervals[known]?.from ?? Number.POSITIVE_INFINITY) - killedAt;
  }

  /** Ends all clients. Each finishes its current call first. */
  async stop(): Promise<void> {
    await Promise.all(
      [...this.#running.values()].map(async (child) => {
        const closed = once(child, 'close');
        child.send('stop' satisfies ContenderOrder);
        await closed;
      }),
    );
    this.#running.clear();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = [...this.#running.values()].map((child) => once(child, 'close'));
    const children = [...this.#running.values()];
    this.#running.clear();
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(closing);
  }

  #take(report: ContenderReport): void {
    switch (report.type) {
      case 'written':
        this.written.set(report.node, report.path);
        this.#countWrite(report.node, 1);
        break;
      case 'unwritten':
        this.unwritten.set(report.node, report.code);
        this.#countWrite(report.node, 0);
        break;
      case 'held': {
        const { client, token, at } = report;
        this.intervals.push({ client, token, from: at, until: Number.POSITIVE_INFINITY });
        if (report.keeps) this.#keepers.add(client);
        break;
      }
      case 'released': {
        const held = this.intervals.findLast(({ token }) => token === report.token);
        if (held !== undefined) held.until = Math.min(held.until, report.at);
        break;
      }
      case 'unlocked':
        break;
      default:
        report satisfies never;
    }
    this.#reports.emit('report');
  }

  #countWrite(node: string, acknowledged: number): void {
    const progress = this.#progress.get(node.slice(0, node.lastIndexOf('-')));
    if (progress === undefined) return;
    progress.answered++;
    progress.acknowledged += acknowledged;
  }

  #fail(reason: string): void {
    this.#failure ??= new Error(reason);
    this.#reports.emit('report');
  }

  async #until(reached: () => boolean): Promise<void> {
    while (!reached()) {
      if (this.#failure !== undefined) throw this.#failure;
      await once(this.#reports, 'report', { signal: AbortSignal.timeout(30_000) });
    }
  }
}
