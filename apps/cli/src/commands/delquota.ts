import type { Command } from '../command.ts';
import { deleteQuota } from '../quota.ts';
import { limitByOption } from '../quota-format.ts';
import { quietly } from '../result.ts';

export const delquota: Command = {
  name: 'delquota',
  syntax: {
    options: {
      '-n': { describe: 'remove only the soft limit on nodes' },
      '-b': { describe: 'remove only the soft limit on bytes' },
      '-N': { describe: 'remove only the hard limit on nodes' },
      '-B': { describe: 'remove only the hard limit on bytes' },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'remove the limits of a node',
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
