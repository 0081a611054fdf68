import type { Command } from '../command.ts';
import type { Styling } from '../styling.ts';
import { usageOf } from '../syntax.ts';

export const help: Command = {
  name: 'help',
  aliases: ['?'],
  syntax: { options: {}, operands: [{ name: 'command', kind: 'command', optional: true }] },
  summary: 'list the commands, or explain one',
  examples: ['help', 'help create'],
  run(args, { commands }) {
    const name = args.optional('command');
    if (name === undefined) {
      const listed = commands.commands;
      return Promise.resolve({
        json: listed.map((command) => ({
          name: command.name,
          usage: usageOf(command.name, command.syntax),
          summary: command.summary,
        })),
        render: (styling) => commandList(listed, styling),
      });
    }
    const command = commands.mustFind(name);
    return Promise.resolve({
      json: {
        name: command.name,
        usage: usageOf(command.name, command.syntax),
        summary: command.summary,
        details: command.details ?? null,
        examples: command.examples,
      },
      render: (styling) => explain(command, styling),
    });
  },
};

/** One line per command. */
export function commandList(commands: readonly Command[], styling: Styling): string {
  const rows = commands.map(({ name, syntax, summary }) => [usageOf(name, syntax), summary] as const);
  const width = Math.max(...rows.map(([usage]) => usage.length).filter((length) => length <= USAGE_WIDTH));
  const lines = rows.map(([usage, summary]) => {
    const gap = usage.length > width ? `\n${' '.repeat(width)}` : ' '.repeat(width - usage.length);
    return `${styling.strong(usage)}${gap}  ${summary}`;
  });
  return [
    ...lines,
    '',
    '"help COMMAND" explains one. Put words with blanks in quotes. Tab completes names and paths.',
  ].join('\n');
}

/** The full help of one command. */
export function explain(command: Command, styling: Styling): string {
  const { name, aliases = [], syntax, summary, details, examples, only } = command;
  const parts = [styling.strong(usageOf(name, syntax)), `  ${summary}`];
  if (aliases.length > 0) parts.push(`  also: ${aliases.join(', ')}`);
  if (only === 'shell') parts.push('  available in the shell and in scripts only');
  if (details !== undefined) parts.push('', ...details.split('\n').map((line) => `  ${line}`));
  const options = Object.entries(syntax.options).map(
    ([option, { value, describe }]) =>
      [value === undefined ? option : `${option} ${value}`, describe] as const,
  );
  if (options.length > 0) {
    const width = Math.max(...options.map(([option]) => option.length));
    parts.push('', ...options.map(([option, describe]) => `  ${option.padEnd(width)}  ${describe}`));
  }
  parts.push('', styling.dim('Examples'), ...examples.map((example) => `  ${example}`));
  return parts.join('\n');
}

const USAGE_WIDTH = 40;
