import type { Command } from '../command.ts';
import { printable } from '../data-format.ts';

export const deleteOne: Command = {
  name: 'delete',
  syntax: {
    options: {
      '-v': { value: 'version', describe: 'only if the data has this version (dataVersion in the stat)' },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'delete a node that has no children',
  examples: ['delete /greeting', 'delete -v 3 /config/rate'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    const version = args.integer('-v', -1, 2 ** 31 - 1);
    const client = await connection.client(signal);
    await client.delete(path, { version, signal });
    return { json: { path }, render: (styling) => (styling.terminal ? `Deleted ${printable(path)}` : '') };
  },
};
