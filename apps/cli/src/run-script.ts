import { createInterface } from 'node:readline';
import { ExitCode } from './exit-code.ts';
import { failureOf } from './failure.ts';
import type { Program } from './program.ts';
import { UsageError } from './usage-error.ts';

/** Runs the lines of standard input one after another. The first that fails ends the script with its exit code. */
export async function runScript({
  io,
  interpreter,
  printer,
  environment,
  signal,
  quitting,
}: Program): Promise<number> {
  const lines = createInterface({ input: io.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  const stop = () => lines.close();
  signal.addEventListener('abort', stop);
  let number = 0;
  try {
    for await (const line of lines) {
      number++;
      try {
        const result = await interpreter.runLine(line, signal);
        if (line.trim() !== '') environment.history.add(line);
        if (result !== undefined) printer.result(result);
      } catch (error) {
        const failure = failureOf(error);
        if (error instanceof UsageError && error.column !== undefined) printer.pointAt(line, error.column);
        printer.failure({ ...failure, text: `conclave: line ${number}: ${failure.text}` });
        return failure.exitCode;
      }
      if (quitting()) break;
    }
    signal.throwIfAborted();
    return ExitCode.ok;
  } finally {
    signal.removeEventListener('abort', stop);
    lines.close();
  }
}
