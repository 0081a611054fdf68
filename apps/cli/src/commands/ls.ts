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
      '-s': { describe: 'also print the stat of the node' },
      '-w': { describe: 'print an event when the children next change' },
      '-R': { describe: 'list the paths of the node and all its descendants' },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'list the children of a node',
  details: 'A terminal gets [a, b, c]; a pipe gets one name per line.',
  examples: ['ls /', 'ls -s -w /workers', 'ls -R /config'],
  async run(args, { connection, watches, signal }) {
    const path = args.operand('path');
    if (args.has('-R')) {
      if (args.has('-s') || args.has('-w')) throw new UsageError('-R cannot be combined with -s or -w');
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
