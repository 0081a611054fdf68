import type { Command } from '../command.ts';

export const getAllChildrenNumber: Command = {
  name: 'getAllChildrenNumber',
  aliases: ['count'],
  syntax: { options: {}, operands: [{ name: 'path', kind: 'path' }] },
  summary: 'count all descendants of a node',
  examples: ['getAllChildrenNumber /app'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    const client = await connection.client(signal);
    const count = await client.countDescendants(path, { signal });
    return { json: { path, count }, render: () => String(count) };
  },
};
