import type { Command } from '../command.ts';
import { quietly } from '../result.ts';

export const close: Command = {
  name: 'close',
  only: 'shell',
  syntax: { options: {}, operands: [] },
  summary: 'end the session; its ephemeral nodes and locks go',
  details: 'The next command that needs one opens another session.',
  examples: ['close'],
  async run(_args, { connection }) {
    await connection.close();
    return quietly({ closed: true });
  },
};
