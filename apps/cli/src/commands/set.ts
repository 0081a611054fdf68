import type { Command } from '../command.ts';
import { renderStat, statJson } from '../stat-format.ts';

export const set: Command = {
  name: 'set',
  syntax: {
    options: {
      '-s': { describe: 'print the new stat of the node' },
      '-v': { value: 'version', describe: 'only if the data has this version (dataVersion in the stat)' },
    },
    operands: [{ name: 'path', kind: 'path' }, { name: 'data' }],
  },
  summary: 'set the data of a node',
  examples: ['set /greeting "good morning"', 'set -v 3 /config/rate 200'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    const version = args.integer('-v', -1, 2 ** 31 - 1);
    const client = await connection.client(signal);
    const stat = await client.set(path, args.operand('data'), { version, signal });
    return {
      json: { path, stat: statJson(stat) },
      render: (styling) => (args.has('-s') ? renderStat(stat, styling) : ''),
    };
  },
};
