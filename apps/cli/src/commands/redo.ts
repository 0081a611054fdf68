import type { Command } from '../command.ts';
import { quietly } from '../result.ts';
import { UsageError } from '../usage-error.ts';

export const redo: Command = {
  name: 'redo',
  only: 'shell',
  syntax: { options: {}, operands: [{ name: 'number' }] },
  summary: 'run a line again, by its number in the history',
  examples: ['redo 3'],
  async run(args, context) {
    const text = args.operand('number');
    const line = /^[0-9]{1,9}$/.test(text) ? context.history.lines[Number(text) - 1] : undefined;
    if (line === undefined) throw new UsageError(`no line ${text}; "history" lists them`);
    if (/^\s*redo\b/.test(line)) throw new UsageError(`line ${text} is a redo itself`);
    return (await context.perform(line)) ?? quietly(null);
  },
};
