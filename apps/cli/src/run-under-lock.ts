import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isConclaveError } from '@conclave/client';
import { type HeldLock, mutex } from '@conclave/recipes';
import type { Context } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf } from './failure.ts';
import { exitCodeOfSignal } from './interrupt.ts';
import type { Io } from './io.ts';

export interface LockedRun {
  readonly path: string;
  readonly program: string;
  readonly programArgs: readonly string[];
  /** Whether to wait for the lock. If not, the program runs only if the lock is free. */
  readonly wait: boolean;
  readonly waitMs: number | undefined;
  /** The time from SIGTERM to SIGKILL when the lock is lost. */
  readonly graceMs: number;
}

/** Signals that a terminal sends to both processes by itself, unless they are in different groups. */
const TERMINAL_SIGNALS = ['SIGINT', 'SIGQUIT'] as const;
const OTHER_SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** How long the release of the lock may delay the end of the program. */
const RELEASE_MS_MAX = 5_000;

/**
 * Runs a program while holding a lock, and resolves to the exit code: the program's own, or one of `ExitCode`. The lock
 * is released when the program has ended. If the lock is lost, the program is stopped. Other signals are passed on to
 * the program.
 */
export async function runUnderLock(run: LockedRun, context: Context, io: Io): Promise<number> {
  let held: HeldLock | null;
  try {
    const own = mutex(await context.connection.client(context.signal), run.path);
    const { signal } = context;
    held = run.wait ? await own.acquire({ signal, waitMs: run.waitMs }) : await own.tryAcquire({ signal });
  } catch (error) {
    const { text, exitCode } = failureOf(error);
    context.notice(`conclave: ${text}`);
    if (exitCode > ExitCode.signal) return exitCode;
    const late = run.waitMs !== undefined && isConclaveError(error) && error.path === run.path;
    return late && error.code === 'TIMEOUT' ? ExitCode.notObtained : ExitCode.failed;
  }
  if (held === null) {
    context.notice(`conclave: ${run.path} is held by another session`);
    return ExitCode.notObtained;
  }
  const code = await runWhileHeld(run, held, context, io);
  const limit = AbortSignal.timeout(RELEASE_MS_MAX);
  await held.release({ signal: limit }).catch(() => {
    context.notice(
      `conclave: the release of ${run.path} is not confirmed; the lock goes when the session ends`,
    );
  });
  return code;
}

async function runWhileHeld(run: LockedRun, held: HeldLock, context: Context, io: Io): Promise<number> {
  // With a terminal the program stays in its foreground group. Without one it gets a group of its own, so that the
  // signals for a lost lock also reach the processes that it has started.
  const ownGroup = io.stdin.isTTY !== true;
  const child = spawn(run.program, run.programArgs, {
    stdio: 'inherit',
    detached: ownGroup,
    env: {
      ...io.environment,
      CONCLAVE_FENCING_TOKEN: String(held.fencingToken),
      CONCLAVE_LOCK_PATH: run.path,
      CONCLAVE_LOCK_NODE: held.node,
    },
  });
  const send = (signalName: NodeJS.Signals): void => signalChild(child, signalName, ownGroup);
  const passOn = (signalName: NodeJS.Signals): void => send(signalName);
  const ignore = (): void => {};
  for (const name of OTHER_SIGNALS) process.on(name, passOn);
  for (const name of TERMINAL_SIGNALS) process.on(name, ownGroup ? passOn : ignore);
  let lost = false;
  let killTimer: ReturnType<typeof setTimeout> | undefined;
  const handleLost = (): void => {
    lost = true;
    context.notice(`conclave: the lock ${run.path} is lost; the command is stopped`);
    send('SIGTERM');
    killTimer = setTimeout(() => send('SIGKILL'), run.graceMs);
  };
  if (held.signal.aborted) handleLost();
  else held.signal.addEventListener('abort', handleLost);
  try {
    const code = await ended(child, run.program, context);
    return lost ? ExitCode.lost : code;
  } finally {
    held.signal.removeEventListener('abort', handleLost);
    clearTimeout(killTimer);
    for (const name of OTHER_SIGNALS) process.off(name, passOn);
    for (const name of TERMINAL_SIGNALS) process.off(name, ownGroup ? passOn : ignore);
  }
}

/** Resolves to the exit code for how the program ended, or for why it did not start. */
function ended(child: ChildProcess, program: string, context: Context): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      context.notice(`conclave: ${program}: ${missing ? 'no such program' : error.message}`);
      resolve(missing ? ExitCode.notFound : ExitCode.cannotRun);
    });
    child.once('exit', (code, signalName) => {
      resolve(signalName === null ? (code ?? ExitCode.failed) : exitCodeOfSignal(signalName));
    });
  });
}

function signalChild(child: ChildProcess, signalName: NodeJS.Signals, ownGroup: boolean): void {
  const { pid } = child;
  if (pid === undefined) return;
  try {
    process.kill(ownGroup ? -pid : pid, constants.signals[signalName]);
  } catch {
    // It has ended already.
  }
}
