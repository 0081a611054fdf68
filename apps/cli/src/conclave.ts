import { isConclaveError } from '@conclave/client';
import { allCommands } from './commands/index.ts';
import { Connection } from './connection.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf } from './failure.ts';
import { parseGlobalOptions } from './global-options.ts';
import { HeldLocks } from './held-locks.ts';
import { CommandHistory } from './history.ts';
import { type Environment, Interpreter } from './interpreter.ts';
import { Interrupt } from './interrupt.ts';
import type { Io } from './io.ts';
import { type Look, plainLook, terminalLook } from './look.ts';
import { Printer, type Sink } from './printer.ts';
import { runAlone } from './run-alone.ts';
import { runScript } from './run-script.ts';
import { runShell } from './run-shell.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { Watches } from './watches.ts';

/** Everything that the ways to run commands have in common. */
export interface Program {
  readonly io: Io;
  readonly settings: Settings;
  readonly printer: Printer;
  readonly environment: Environment;
  readonly interpreter: Interpreter;
  /** Fires when the process is asked to end. */
  readonly signal: AbortSignal;
  /** A command has asked to leave. */
  readonly quitting: () => boolean;
}

/** Runs one command, a script, or the shell, and resolves to the exit code. */
export async function runConclave(argv: readonly string[], io: Io): Promise<number> {
  const sink: Sink = {
    out: (text) => void io.stdout.write(text),
    err: (text) => void io.stderr.write(text),
  };
  const looks = { outLook: lookOf(io.stdout, io), errLook: lookOf(io.stderr, io) };
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
        looks,
        json: settings.json,
        signal: ending.signal,
        program: (printer) => programOf(io, settings, printer, 'shell', ending.signal),
      });
    }
    const printer = new Printer({ sink, ...looks, json: settings.json });
    const program = programOf(io, settings, printer, alone ? 'alone' : 'shell', ending.signal);
    try {
      return alone ? await runAlone(options.words, program) : await runScript(program);
    } finally {
      await program.environment.connection.close();
    }
  } catch (error) {
    const failure = failureOf(error);
    new Printer({ sink, ...looks, json: false }).failure({ ...failure, text: `conclave: ${failure.text}` });
    return failure.exitCode;
  } finally {
    for (const name of ENDING_SIGNALS) process.off(name, handleSignal);
  }
}

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function programOf(
  io: Io,
  settings: Settings,
  printer: Printer,
  place: Environment['place'],
  signal: AbortSignal,
): Program {
  let quitting = false;
  const notice = (text: string) => printer.notice(text);
  const environment: Environment = {
    connection: new Connection({
      servers: settings.servers,
      sessionTimeoutMs: settings.sessionTimeoutMs,
      auth: settings.auth,
      // Connecting gives up before the command does: it can say why.
      connectTimeoutMs: Math.ceil(settings.timeoutMs * 0.9),
      ...(io.connect === undefined ? {} : { connect: io.connect }),
      ...(place === 'shell' ? { onNotice: notice } : {}),
    }),
    settings,
    commands: allCommands,
    history: new CommandHistory(),
    watches: new Watches({
      onEvent: (event) => printer.event(event),
      onEnded: (path, error) => {
        // Whoever ends the session wants its watches to go.
        if (isConclaveError(error) && error.code === 'CLOSED') return;
        const why = error instanceof Error ? error.message : String(error);
        notice(`the watch on ${path} has ended: ${why}`);
      },
    }),
    held: new HeldLocks((path) => notice(`the lock ${path} is lost`)),
    place,
    quit: () => {
      quitting = true;
    },
    notice,
  };
  return {
    io,
    settings,
    printer,
    environment,
    interpreter: new Interpreter(environment),
    signal,
    quitting: () => quitting,
  };
}

function lookOf(stream: { readonly isTTY?: boolean }, io: Io): Look {
  return stream.isTTY === true ? terminalLook(io.environment) : plainLook;
}
