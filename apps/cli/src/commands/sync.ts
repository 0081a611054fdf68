import type { Command } from '../command.ts';
import { quietly } from '../result.ts';

export const sync: Command = {
  name: 'sync',
  syntax: { options: {}, operands: [{ name: 'path', kind: 'path' }] },
  summary: 'wait until the server has all that was committed before',
  details:
    'Reads of this shell are linearizable as they are; this is for what other programs read by the same server.',
  examples: ['sync /'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    const client = await connection.client(signal);
    await client.sync(path, { signal });
    return quietly({ path });
  },
};
