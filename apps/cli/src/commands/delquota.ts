import type { Command } from '../command.ts';
import { deleteQuota } from '../quota.ts';
import { limitByOption } from '../quota-format.ts';
import { quietly } from '../result.ts';

export const delquota: Command = {
  name: 'delquota',
  syntax: {
    options: {
      '-n': { describe: 'only the limit of nodes that warns' },
      '-b': { describe: 'only the limit of bytes that warns' },
      '-N': { describe: 'only the limit of nodes that refuses' },
      '-B': { describe: 'only the limit of bytes that refuses' },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'take the limits of a node away',
  examples: ['delquota /app', 'delquota -N /app'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    const only = Object.entries(limitByOption).flatMap(([option, limit]) =>
      args.has(option) ? [limit] : [],
    );
    const client = await connection.client(signal);
    await deleteQuota(client, path, only, signal);
    return quietly({ path });
  },
};
