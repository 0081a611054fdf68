import { formatAcl } from '../acl-format.ts';
import type { Command } from '../command.ts';
import { printable } from '../data-format.ts';
import { renderStat, statJson } from '../stat-format.ts';

export const getAcl: Command = {
  name: 'getAcl',
  syntax: {
    options: { '-s': { describe: 'also print the stat of the node' } },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'print the ACL of a node',
  details: [
    'An entry is scheme:id:permissions. The permissions are c (create children), d (delete children),',
    'r (read), w (write) and a (change the ACL). Clients without a do not see the hashes of passwords.',
  ].join('\n'),
  examples: ['getAcl /config', 'getAcl -s /config'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    const client = await connection.client(signal);
    const { acl, stat } = await client.getAcl(path, { signal });
    const entries = acl.map(formatAcl);
    return {
      json: args.has('-s') ? { path, acl: entries, stat: statJson(stat) } : { path, acl: entries },
      render(styling) {
        const lines = styling.terminal ? entries.map(printable) : entries;
        return (args.has('-s') ? [...lines, renderStat(stat, styling)] : lines).join('\n');
      },
    };
  },
};
