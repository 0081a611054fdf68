import type { Command } from '../command.ts';
import { noNode } from '../connection.ts';
import { renderStat, statJson } from '../stat-format.ts';

export const stat: Command = {
  name: 'stat',
  syntax: {
    options: { '-w': { describe: 'print an event when the node next changes' } },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'print the metadata of a node',
  examples: ['stat /greeting', 'stat -w /config/rate'],
  async run(args, { connection, watches, signal }) {
    const path = args.operand('path');
    const client = await connection.client(signal);
    const found = await client.exists(path, { watch: watches.arm(args.has('-w'), path), signal });
    if (found === null) throw noNode(path);
    return { json: { path, stat: statJson(found) }, render: (styling) => renderStat(found, styling) };
  },
};
