import type { Writable } from 'node:stream';

/** What programs that measure and try end with; more of their own begins at 3. */
export const ExitCode = { ok: 0, failed: 1, badUsage: 2, interrupted: 130 } as const;

/** Arguments that cannot be used; the message says which and what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'BAD_USAGE';
}

/** Arguments that ask for nothing but this text. */
export interface Help {
  readonly command: 'help';
  readonly text: string;
}

export interface ProgramStreams {
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
}

export interface Program<Wanted> {
  /** As errors begin. */
  readonly name: string;
  /** Rejects with `UsageError`. */
  parse(): Promise<Wanted | Help>;
  /** Resolves to the exit code; any error but a `UsageError` is a failure. */
  run(wanted: Wanted): Promise<number>;
  /** What is printed of a failure. Default: the error's message. */
  readonly explain?: (error: unknown) => string;
}

/** Parses, runs and prints what goes wrong. Resolves to the exit code; once `signal` fires, that it was interrupted. */
export async function runProgram<Wanted extends { readonly command: string }>(
  { name, parse, run, explain = messageOf }: Program<Wanted>,
  { stdout, stderr }: ProgramStreams,
  signal: AbortSignal,
): Promise<number> {
  try {
    const wanted = await parse();
    if (!isHelp(wanted)) return await run(wanted);
    stdout.write(`${wanted.text}\n`);
    return ExitCode.ok;
  } catch (error) {
    if (signal.aborted) return ExitCode.interrupted;
    const isMisuse = error instanceof UsageError;
    stderr.write(`${name}: ${isMisuse ? error.message : explain(error)}\n`);
    return isMisuse ? ExitCode.badUsage : ExitCode.failed;
  }
}

/** Fires when this process is told to end, which from now on it has to do by itself. */
export function interruption(): AbortController {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupt.abort(new Error(`interrupted by ${signal}`)));
  }
  return interrupt;
}

function isHelp(wanted: { readonly command: string }): wanted is Help {
  return wanted.command === 'help';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
