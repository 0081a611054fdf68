import type { Command } from '../command.ts';
import { printable } from '../data-format.ts';

export const getEphemerals: Command = {
  name: 'getEphemerals',
  only: 'shell',
  syntax: { options: {}, operands: [{ name: 'prefix', kind: 'path', optional: true }] },
  summary: 'list the ephemeral nodes of this session',
  details: 'All of them, or those whose paths begin with the prefix.',
  examples: ['getEphemerals', 'getEphemerals /workers'],
  async run(args, { connection, signal }) {
    const prefix = args.optional('prefix');
    const client = await connection.client(signal);
    const paths = [...(await client.ephemerals(prefix, { signal }))].sort();
    return {
      json: { paths },
      render: (styling) => (styling.terminal ? paths.map(printable) : paths).join('\n'),
    };
  },
};
