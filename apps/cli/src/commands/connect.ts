import type { Command } from '../command.ts';
import { parseServers } from '../settings.ts';

export const connect: Command = {
  name: 'connect',
  only: 'shell',
  syntax: { options: {}, operands: [{ name: 'server', optional: true, many: true }] },
  summary: 'end the session and open another one, optionally with other servers',
  details: [
    "A server is host:port or ws://host:port, or tcp://host:port for ZooKeeper's protocol.",
    'Identities that were added in this shell are not presented to other servers.',
  ].join('\n'),
  examples: ['connect', 'connect 10.0.0.1:7400 10.0.0.2:7400', 'connect zookeeper://10.0.0.9:2181/app'],
  async run(args, { connection, signal }) {
    const servers = args.many('server');
    const client = await connection.reopen(servers.length === 0 ? undefined : parseServers(servers), signal);
    const session = `0x${client.session.id.toString(16)}`;
    return {
      json: { session },
      render: (styling) => (styling.terminal ? `Connected, session ${session}` : ''),
    };
  },
};
