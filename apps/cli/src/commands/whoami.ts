import type { Command } from '../command.ts';
import { printable } from '../data-format.ts';

export const whoami: Command = {
  name: 'whoami',
  syntax: { options: {}, operands: [] },
  summary: 'list the identities of this session, as scheme:id',
  examples: ['whoami'],
  async run(_args, { connection, signal }) {
    const client = await connection.client(signal);
    const identities = await client.whoAmI({ signal });
    const lines = identities.map(({ scheme, id }) => `${scheme}:${id}`);
    return {
      json: identities.map(({ scheme, id }) => ({ scheme, id })),
      render: (styling) => (styling.terminal ? lines.map(printable) : lines).join('\n'),
    };
  },
};
