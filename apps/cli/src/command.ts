import type { Connection } from './connection.ts';
import type { HeldLocks } from './held-locks.ts';
import type { CommandHistory } from './history.ts';
import type { Io } from './io.ts';
import type { Result } from './result.ts';
import type { Settings } from './settings.ts';
import type { Arguments, Syntax } from './syntax.ts';
import type { Watches } from './watches.ts';

/** One command: its syntax, what it does, and what help and completion know about it. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly syntax: Syntax;
  /** One line. */
  readonly summary: string;
  /** Anything else that the user must know, in lines of up to 100 characters. */
  readonly details?: string;
  readonly examples: readonly string[];
  /** Where the command is available, if not everywhere: `shell` includes scripts, `alone` is the command line. */
  readonly only?: 'shell' | 'alone';
  /** Whether the command may wait for any length of time, so that `--timeout` does not apply to it. */
  readonly hasNoTimeLimit?: boolean;
  run(args: Arguments, context: Context): Promise<Result>;
  /** What the command does on a command line, if that differs from `run`. Resolves to the exit code. */
  runAlone?(args: Arguments, context: Context, io: Io): Promise<number>;
}

/** The commands there are, by name. */
export interface CommandCatalogue {
  /** In the order in which help lists them. */
  readonly commands: readonly Command[];
  /** Aliases included. */
  readonly names: readonly string[];
  find(name: string): Command | undefined;
  /** Throws `UsageError` that suggests the command that was probably meant. */
  mustFind(name: string, column?: number): Command;
}

/** What a command works with. */
export interface Context {
  readonly connection: Connection;
  readonly settings: Settings;
  readonly commands: CommandCatalogue;
  readonly history: CommandHistory;
  readonly watches: Watches;
  readonly held: HeldLocks;
  /** Fires when the command must stop, because of an interrupt or its time limit. */
  readonly signal: AbortSignal;
  /** Runs another line in place of this one. */
  perform(line: string): Promise<Result | undefined>;
  /** Ends the shell when this command is done. */
  quit(): void;
  /** Informs the user of something that no command asked for. */
  notice(text: string): void;
}
