import type { Connection } from './connection.ts';
import type { HeldLocks } from './held-locks.ts';
import type { CommandHistory } from './history.ts';
import type { Io } from './io.ts';
import type { Result } from './result.ts';
import type { Settings } from './settings.ts';
import type { Arguments, Syntax } from './syntax.ts';
import type { Watches } from './watches.ts';

/** One command: how it is written, what it does, and what help and completion know of it. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly syntax: Syntax;
  /** One line. */
  readonly summary: string;
  /** What else one must know; lines of up to 100 characters. */
  readonly details?: string;
  readonly examples: readonly string[];
  /** Means something in the shell and in scripts only, or only on a line with `conclave` before it. */
  readonly only?: 'shell' | 'alone';
  /** May take as long as it takes: `--timeout` is not for it. */
  readonly unhurried?: boolean;
  run(args: Arguments, context: Context): Promise<Result>;
  /** What it does as a program of its own, if that is something else; resolves to the exit code. */
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
  /** Fires when the command is to be given up: by an interrupt or its time limit. */
  readonly signal: AbortSignal;
  /** Runs another line in the place of this one. */
  perform(line: string): Promise<Result | undefined>;
  /** Ends the shell when this command is done. */
  quit(): void;
  /** Tells the user what no command asked for. */
  notice(text: string): void;
}
