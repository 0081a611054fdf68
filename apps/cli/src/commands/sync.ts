import type { Command } from '../command.ts';
import { quietly } from '../result.ts';

export const sync: Command = {
  name: 'sync',
  syntax: { options: {}, operands: [{ name: 'path', kind: 'path' }] },
  summary: 'wait until the server has applied everything that was committed before',
  details:
    'Reads in this shell are linearizable anyway. This is for other programs that read from the same server.',
  examples: ['sync /'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    const client = await connection.client(signal);
    await client.sync(path, { signal });
    return quietly({ path });
  },
};
