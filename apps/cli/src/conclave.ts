import { ExitCode } from './exit-code.ts';
import { failureOf } from './failure.ts';
import { parseGlobalOptions } from './global-options.ts';
import { Interrupt } from './interrupt.ts';
import type { Io } from './io.ts';
import { Printer, type Sink } from './printer.ts';
import { createProgram } from './program.ts';
import { runAlone } from './run-alone.ts';
import { runScript } from './run-script.ts';
import { runShell } from './run-shell.ts';
import { resolveSettings } from './settings.ts';
import { plainStyling, type Styling, terminalStyling } from './styling.ts';

/** Runs one command, a script, or the shell, and resolves to the exit code. */
export async function runConclave(argv: readonly string[], io: Io): Promise<number> {
  const sink: Sink = {
    out: (text) => void io.stdout.write(text),
    err: (text) => void io.stderr.write(text),
  };
  const stylings = { outStyling: stylingOf(io.stdout, io), errStyling: stylingOf(io.stderr, io) };
  const ending = new AbortController();
  const handleSignal = (signalName: NodeJS.Signals) => ending.abort(new Interrupt(signalName));
  for (const name of ENDING_SIGNALS) process.on(name, handleSignal);
  try {
    const options = await parseGlobalOptions(argv);
    if (options.kind === 'answer') {
      sink.out(`${options.text}\n`);
      return ExitCode.ok;
    }
    const settings = resolveSettings(options.given, io.environment);
    const alone = options.words.length > 0;
    const shell = !alone && io.stdin.isTTY === true;
    if (shell) {
      return await runShell({
        io,
        stylings,
        json: settings.json,
        signal: ending.signal,
        program: (printer) => createProgram({ io, settings, printer, place: 'shell', signal: ending.signal }),
      });
    }
    const printer = new Printer({ sink, ...stylings, json: settings.json });
    const place = alone ? 'alone' : 'shell';
    const program = createProgram({ io, settings, printer, place, signal: ending.signal });
    try {
      return alone ? await runAlone(options.words, program) : await runScript(program);
    } finally {
      await program.environment.connection.close();
    }
  } catch (error) {
    const failure = failureOf(error);
    new Printer({ sink, ...stylings, json: false }).failure({
      ...failure,
      text: `conclave: ${failure.text}`,
    });
    return failure.exitCode;
  } finally {
    for (const name of ENDING_SIGNALS) process.off(name, handleSignal);
  }
}

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function stylingOf(stream: { readonly isTTY?: boolean }, io: Io): Styling {
  return stream.isTTY === true ? terminalStyling(io.environment) : plainStyling;
}
