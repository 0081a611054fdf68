import { isConclaveError } from '@conclave/client';
import { allCommands } from './commands/index.ts';
import { Connection } from './connection.ts';
import { HeldLocks } from './held-locks.ts';
import { CommandHistory } from './history.ts';
import { type Environment, Interpreter } from './interpreter.ts';
import type { Io } from './io.ts';
import type { Printer } from './printer.ts';
import type { Settings } from './settings.ts';
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

export interface ProgramOptions {
  readonly io: Io;
  readonly settings: Settings;
  readonly printer: Printer;
  readonly place: Environment['place'];
  readonly signal: AbortSignal;
}

/** Puts the parts together. No session is opened until a command needs one. */
export function createProgram({ io, settings, printer, place, signal }: ProgramOptions): Program {
  let quitting = false;
  const notice = (text: string) => printer.notice(text);
  const environment: Environment = {
    connection: new Connection({
      servers: settings.servers,
      sessionTimeoutMs: settings.sessionTimeoutMs,
      auth: settings.auth,
      // Connecting gives up before the command does, because its error can say why.
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
        // The user ended the session, and its watches with it.
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
