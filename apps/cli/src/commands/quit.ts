import type { Command } from '../command.ts';
import { quietly } from '../result.ts';

export const quit: Command = {
  name: 'quit',
  aliases: ['exit'],
  only: 'shell',
  syntax: { options: {}, operands: [] },
  summary: 'end the session and leave the shell',
  examples: ['quit'],
  run(_args, context) {
    context.quit();
    return Promise.resolve(quietly({ quit: true }));
  },
};
