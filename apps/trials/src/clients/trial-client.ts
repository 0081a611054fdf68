import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@conclave/testkit';
import { WallClock } from '../ensemble/wall-clock.ts';
import { type Achievement, achievements } from './achievement.ts';
import { monotonicMs } from './journal.ts';
import type { ClientOptions, ClientOrder, ClientReport } from './messages.ts';

const PROGRAM = fileURLToPath(new URL('./client-process.ts', import.meta.url));
/** Time for a client to finish its calls, to get a lock that it waits for, and to end its session. */
const STOP_TIMEOUT_MS = 30_000;
/** Time for a recovery on a busy machine. */
export const PROGRESS_TIMEOUT_MS = 60_000;

export interface TrialClientOptions {
  readonly name: string;
  readonly servers: readonly string[];
  readonly directory: string;
  readonly sessionTimeoutMs: number;
  readonly onUse: (lock: string, token: number) => void;
}

/** The grant that a client held when it stopped itself. */
export interface PausedGrant {
  readonly lock: string;
  readonly token: number;
}

/** A client in a process of its own. */
export class TrialClient implements AsyncDisposable {
  readonly name: string;
  readonly journal: string;
  readonly clock: WallClock;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #onUse: TrialClientOptions['onUse'];
  #paused: PausedGrant | undefined;
  #killedAt: number | undefined;
  #exit: string | undefined;
  readonly #achieved = new Map<Achievement, number>(achievements.map((each) => [each, 0]));

  constructor({ name, servers, directory, sessionTimeoutMs, onUse }: TrialClientOptions) {
    this.name = name;
    this.#onUse = onUse;
    this.journal = join(directory, `${name}.journal`);
    this.clock = new WallClock(join(directory, `${name}.clock`));
    const options: ClientOptions = { name, servers, sessionTimeoutMs, journal: this.journal };
    this.#child = fork(PROGRAM, [JSON.stringify(options)], {
      execArgv: [...this.clock.flags],
      env: { ...process.env, ...this.clock.environment },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#exited = once(this.#child, 'exit');
    this.#child.once('exit', (code, signal) => {
      this.#exit = code === 0 ? 'ended' : `ended with ${code ?? signal}`;
    });
    this.#child.on('message', (report: ClientReport) => {
      this.#take(report);
    });
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  /** The time at which `kill` killed it. */
  get killedAt(): number | undefined {
    return this.#killedAt;
  }

  /** How often the client has achieved each kind of work. */
  get achieved(): ReadonlyMap<Achievement, number> {
    return this.#achieved;
  }

  /** Waits until it has had `nodes` more sequential nodes acknowledged. */
  async progress(nodes: number): Promise<void> {
    const made = (): number => this.#achieved.get('a sequential node') ?? 0;
    const goal = made() + nodes;
    await until(async () => (made() >= goal ? true : undefined), {
      what: `${this.name} to have ${nodes} writes acknowledged`,
      timeoutMs: PROGRESS_TIMEOUT_MS,
    });
  }

  /** Sends SIGKILL. Resolves when the process has ended. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
    this.#killedAt = monotonicMs();
  }

  /** Continues the process if it is stopped. */
  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /**
   * Makes the client stop itself right before it uses what its lock guards. Resolves to the grant that it then holds.
   */
  pauseHolding(): Promise<PausedGrant> {
    this.#paused = undefined;
    this.#order({ type: 'pauseHolding' });
    return until(async () => this.#paused, { what: `${this.name} to pause while it holds a lock` });
  }

  /** Lets the client finish its calls. Resolves to a problem if it ended before that, in another way, or not at all. */
  async stop(): Promise<string | undefined> {
    if (this.#killedAt !== undefined) return undefined;
    if (this.#exit !== undefined) return `${this.name} had ${this.#exit} before`;
    this.thaw();
    this.#order({ type: 'stop' });
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(insist);
    return this.#exit === 'ended' ? undefined : `${this.name} ${this.#exit}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) await this.kill();
  }

  #take(report: ClientReport): void {
    switch (report.type) {
      case 'achieved':
        this.#achieved.set(report.achievement, (this.#achieved.get(report.achievement) ?? 0) + 1);
        break;
      case 'pausing':
        this.#paused = report;
        break;
      case 'use':
        this.#onUse(report.lock, report.token);
        this.#order({ type: 'used', use: report.use });
        break;
      default:
        report satisfies never;
    }
  }

  #order(order: ClientOrder): void {
    // The client may just have been killed.
    if (this.#child.connected) this.#child.send(order, () => {});
  }
}
