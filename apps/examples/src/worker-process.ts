import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A worker in a process of its own. It reports in lines of JSON on its standard output. */
export interface WorkerProcess<Report> {
  readonly name: string;
  readonly exited: Promise<'ended' | 'killed' | 'failed'>;
  /** Ends when the worker has ended. */
  readonly reports: AsyncIterable<Report>;
  /** `SIGSTOP` freezes the worker, `SIGCONT` wakes it, `SIGKILL` is a crash. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
}

/** Runs `file` (beside the caller) with `options`, which the worker reads by `workerOptions`. */
export function startWorker<Report>(file: URL, name: string, options: object): WorkerProcess<Report> {
  const child = spawn(process.execPath, [fileURLToPath(file), JSON.stringify({ name, ...options })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const killWithParent = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithParent);
  const exited = new Promise<'ended' | 'killed' | 'failed'>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', killWithParent);
      resolve(signal !== null ? 'killed' : code === 0 ? 'ended' : 'failed');
    });
  });
  return {
    name,
    exited,
    reports: parsed<Report>(createInterface({ input: child.stdout })),
    signal: (signal) => void child.kill(signal),
  };
}

/** The options that `startWorker` was given. */
export function workerOptions<Options>(): Options & { readonly name: string } {
  return JSON.parse(process.argv[2] ?? '{}') as Options & { readonly name: string };
}

/** Sends a report to the process that started this worker. */
export function report(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function* parsed<Report>(lines: AsyncIterable<string>): AsyncGenerator<Report, void, undefined> {
  for await (const line of lines) yield JSON.parse(line) as Report;
}
