import type { Command } from '../command.ts';
import { quietly } from '../result.ts';
import { UsageError } from '../usage-error.ts';

const MODES = ['PERSISTENT', 'PERSISTENT_RECURSIVE'];

export const addWatch: Command = {
  name: 'addWatch',
  aliases: ['watch'],
  syntax: {
    options: {
      '-m': {
        value: 'mode',
        describe:
          'PERSISTENT for the node and its children; PERSISTENT_RECURSIVE (default) for all descendants',
      },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'print every change of a node or a subtree, until removewatches',
  details: [
    'No change is lost when the connection breaks. If that cannot be guaranteed, an event "gap" says so.',
    'On a command line it continues until it is interrupted.',
  ].join('\n'),
  examples: ['addWatch /config', 'addWatch -m PERSISTENT /workers'],
  async run(args, { connection, watches, signal }) {
    const path = args.operand('path');
    const mode = (args.value('-m') ?? 'PERSISTENT_RECURSIVE').toUpperCase();
    if (!MODES.includes(mode)) throw new UsageError(`-m: expected ${MODES.join(' or ')}`);
    const client = await connection.client(signal);
    watches.follow(path, client.watch(path, { recursive: mode === 'PERSISTENT_RECURSIVE' }));
    // Once this is answered, the watch is set.
    await client.exists(path, { consistency: 'session', signal });
    return quietly({ path, mode });
  },
};
