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
        describe: 'PERSISTENT: the node and its children; PERSISTENT_RECURSIVE, the default: all below too',
      },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'tell every change of a node or a subtree, until removewatches',
  details: [
    'Nothing is lost when the connection breaks: an event "gap" says so where that cannot be promised.',
    'On a command line it goes on until it is interrupted.',
  ].join('\n'),
  examples: ['addWatch /config', 'addWatch -m PERSISTENT /workers'],
  async run(args, { connection, watches, signal }) {
    const path = args.operand('path');
    const mode = (args.value('-m') ?? 'PERSISTENT_RECURSIVE').toUpperCase();
    if (!MODES.includes(mode)) throw new UsageError(`-m: there are ${MODES.join(' and ')}`);
    const client = await connection.client(signal);
    watches.follow(path, client.watch(path, { recursive: mode === 'PERSISTENT_RECURSIVE' }));
    // When this has its answer the watch is there.
    await client.exists(path, { consistency: 'session', signal });
    return quietly({ path, mode });
  },
};
