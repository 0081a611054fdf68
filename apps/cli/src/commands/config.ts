import { CONFIG_PATH, formatZxid } from '@conclave/client';
import type { Command } from '../command.ts';
import { renderStat, statJson } from '../stat-format.ts';

export const config: Command = {
  name: 'config',
  syntax: {
    options: {
      '-c': { describe: 'print only the version and the addresses for clients' },
      '-w': { describe: 'print an event when the members next change' },
      '-s': { describe: 'also print the stat of the node' },
    },
    operands: [],
  },
  summary: 'list the members of the ensemble',
  details: "In ZooKeeper's format: server.ID=host:port:port:role;host:port for clients, then the version.",
  examples: ['config', 'config -c'],
  async run(args, { connection, watches, signal }) {
    const client = await connection.client(signal);
    const watch = watches.arm(args.has('-w'), CONFIG_PATH);
    const { members, version, text, stat } = await client.config({ watch, signal });
    const clients = members.flatMap(({ clientAddress }) =>
      clientAddress === undefined ? [] : [clientAddress],
    );
    const shown = args.has('-c') ? `${version.toString(16)} ${clients.join(',')}` : text;
    return {
      json: {
        version: formatZxid(version),
        members: members.map(({ id, addresses, role, clientAddress = null }) => ({
          id,
          addresses,
          role,
          clientAddress,
        })),
        ...(args.has('-s') ? { stat: statJson(stat) } : {}),
      },
      render: (styling) => (args.has('-s') ? `${shown}\n${renderStat(stat, styling)}` : shown),
    };
  },
};
