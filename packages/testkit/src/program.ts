import type { Writable } from 'node:stream';

/** Exit codes of the benchmark and the trials. Codes of their own begin at 3. */
export const ExitCode = { ok: 0, failed: 1, badUsage: 2, interrupted: 130 } as const;

/** Invalid arguments. The message says which, and what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'BAD_USAGE';
}

/** The arguments ask only for this text. */
export interface Help {
  readonly command: 'help';
  readonly text: string;
}

export interface ProgramStreams {
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
}

export interface Program<Wanted> {
  /** The start of every error message. */
  readonly name: string;
  /** Rejects with `UsageError`. */
  parse(): Promise<Wanted | Help>;
  /** Resolves to the exit code. Any error other than `UsageError` is a failure. */
  run(wanted: Wanted): Promise<number>;
  /** Returns the text that is printed for a failure. Default: the error's message. */
  readonly explain?: (error: unknown) => string;
}

/** Parses, runs, and prints errors. Resolves to the exit code: `interrupted` for an error after `signal` has fired. */
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

/** Fires when a signal asks this process to end. From now on such a signal does nothing else. */
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
