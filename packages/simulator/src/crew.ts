import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type RunReport, reportOfNoRun } from './report.ts';
import type { ScenarioWishes } from './scenario.ts';

/** The run that a worker is asked for. */
export interface CrewTask {
  readonly seed: number;
  readonly wishes: ScenarioWishes;
}

interface Job {
  readonly task: CrewTask;
  readonly done: (report: RunReport) => void;
}

export interface CrewOptions {
  /** The program of the processes. Default: `crew-worker.ts`. */
  readonly workerFile?: string;
  /** A process that takes longer over one seed is killed. In milliseconds. Default: five minutes. */
  readonly runMsMax?: number;
}

/** Processes that run seeds, each one seed at a time. If a process hangs or dies, its seed fails and it is replaced. */
export class Crew {
  readonly #size: number;
  readonly #workerFile: string;
  readonly #runMsMax: number;
  readonly #waiting: Job[] = [];
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();

  constructor(size: number, options: CrewOptions = {}) {
    this.#size = size;
    this.#workerFile = options.workerFile ?? fileURLToPath(new URL('./crew-worker.ts', import.meta.url));
    this.#runMsMax = options.runMsMax ?? 300_000;
  }

  run(task: CrewTask): Promise<RunReport> {
    return new Promise((done) => {
      this.#waiting.push({ task, done });
      this.#assign();
    });
  }

  /** Kills all processes, even in the middle of a run. */
  close(): void {
    this.#waiting.length = 0;
    for (const worker of this.#all) worker.kill('SIGKILL');
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? this.#hire();
      if (worker === undefined) return;
      const job = this.#waiting.shift();
      if (job !== undefined) this.#give(worker, job);
    }
  }

  #hire(): ChildProcess | undefined {
    if (this.#all.size >= this.#size) return undefined;
    const worker = fork(this.#workerFile, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#all.add(worker);
    worker.once('exit', () => this.#all.delete(worker));
    return worker;
  }

  #give(worker: ChildProcess, { task, done }: Job): void {
    const end = (report: RunReport): void => {
      clearTimeout(timer);
      worker.off('message', onReport);
      worker.off('exit', onExit);
      done(report);
      if (worker.exitCode === null && worker.signalCode === null) this.#idle.push(worker);
      this.#assign();
    };
    const onReport = (message: unknown): void => end(message as RunReport);
    const onExit = (code: number | null, signal: string | null): void =>
      end(reportOfNoRun(task.seed, `its process ended with ${code ?? signal}`));
    const timer = setTimeout(() => worker.kill('SIGKILL'), this.#runMsMax);
    worker.once('message', onReport);
    worker.once('exit', onExit);
    worker.send(task);
  }
}
