import type { Command, CommandCatalogue } from './command.ts';
import { suggest } from './suggestion.ts';
import { UsageError } from './usage-error.ts';

/** The one list that help, completion and dispatch read. */
export class CommandRegistry implements CommandCatalogue {
  readonly commands: readonly Command[];
  readonly #byName = new Map<string, Command>();

  constructor(commands: readonly Command[]) {
    this.commands = commands;
    for (const command of commands) {
      for (const name of [command.name, ...(command.aliases ?? [])]) {
        if (this.#byName.has(name)) throw new Error(`two commands are called ${name}`);
        this.#byName.set(name, command);
      }
    }
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  find(name: string): Command | undefined {
    return this.#byName.get(name);
  }

  mustFind(name: string, column?: number): Command {
    const command = this.find(name);
    if (command !== undefined) return command;
    const meant = suggest(name, this.names);
    const hint = meant === undefined ? '"help" lists the commands' : `did you mean "${meant}"?`;
    throw new UsageError(`no command ${JSON.stringify(name)}; ${hint}`, column);
  }
}
