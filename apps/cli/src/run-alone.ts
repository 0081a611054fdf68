import type { Client } from '@conclave/client';
import { ExitCode } from './exit-code.ts';
import { failureOf } from './failure.ts';
import type { Program } from './program.ts';

/** Runs the command of the command line, then waits until the watches that it set have fired or ended. */
export async function runAlone(words: readonly string[], program: Program): Promise<number> {
  const { interpreter, printer, environment, signal, io } = program;
  try {
    const { command, args } = interpreter.parse(
      words.map((text) => ({ text, start: 0, end: 0, quoted: false })),
    );
    if (command.runAlone !== undefined) {
      return await command.runAlone(args, interpreter.context(signal), io);
    }
    printer.result(await interpreter.run({ command, args }, signal));
    const { watches, connection } = environment;
    const client = connection.current;
    if (watches.armed > 0 && client !== undefined) await firedOrOver(watches.idle(), client, signal);
    return ExitCode.ok;
  } catch (error) {
    const failure = failureOf(error);
    printer.failure({ ...failure, text: `conclave: ${failure.text}` });
    return failure.exitCode;
  }
}

async function firedOrOver(fired: Promise<void>, client: Client, signal: AbortSignal): Promise<void> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  for (const each of [client.session.signal, signal]) {
    if (each.aborted) reject(each.reason);
    else each.addEventListener('abort', () => reject(each.reason), { once: true });
  }
  await Promise.race([fired, over]);
}
