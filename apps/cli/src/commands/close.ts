import type { Command } from '../command.ts';
import { quietly } from '../result.ts';

export const close: Command = {
  name: 'close',
  only: 'shell',
  syntax: { options: {}, operands: [] },
  summary: 'end the session, and with it its ephemeral nodes and locks',
  details: 'The next command that needs a session opens another one.',
  examples: ['close'],
  async run(_args, { connection }) {
    await connection.close();
    return quietly({ closed: true });
  },
};
