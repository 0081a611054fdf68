import { childNames } from '../child-names.ts';
import type { Command } from '../command.ts';
import { printable } from '../data-format.ts';
import { renderStat, statJson } from '../stat-format.ts';
import { listSubtree } from '../subtree.ts';
import { UsageError } from '../usage-error.ts';

export const ls: Command = {
  name: 'ls',
  syntax: {
    options: {
      '-s': { describe: 'the stat of the node as well' },
      '-w': { describe: 'tell when the children change, once' },
      '-R': { describe: 'all nodes below as well, by their paths' },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'list the children of a node',
  details: 'A terminal gets [a, b, c]; a pipe gets one name on a line.',
  examples: ['ls /', 'ls -s -w /workers', 'ls -R /config'],
  async run(args, { connection, watches, signal }) {
    const path = args.operand('path');
    if (args.has('-R')) {
      if (args.has('-s') || args.has('-w')) throw new UsageError('-R goes without -s and -w');
      const paths = await listSubtree(await connection.client(signal), path, signal);
      return {
        json: { path, paths },
        render: (styling) => (styling.terminal ? paths.map(printable) : paths).join('\n'),
      };
    }
    const client = await connection.client(signal);
    const watch = watches.arm(args.has('-w'), path);
    const { children: names, stat } = await childNames(client, path, { watch, signal });
    return {
      json: args.has('-s') ? { path, children: names, stat: statJson(stat) } : { path, children: names },
      render(styling) {
        const list = styling.terminal ? `[${names.map(printable).join(', ')}]` : names.join('\n');
        return args.has('-s')
          ? [list, renderStat(stat, styling)].filter((part) => part !== '').join('\n')
          : list;
      },
    };
  },
};
