import type { Command } from '../command.ts';
import { quietly } from '../result.ts';
import { UsageError } from '../usage-error.ts';

export const removewatches: Command = {
  name: 'removewatches',
  only: 'shell',
  syntax: { options: {}, operands: [{ name: 'path', kind: 'path' }] },
  summary: 'remove the watches that this shell has on a path',
  details: 'These are the watches of addWatch, and those of -w that have not fired.',
  examples: ['removewatches /config'],
  run(args, { watches }) {
    const path = args.operand('path');
    const removed = watches.remove(path);
    if (removed === 0) throw new UsageError(`this shell has no watch on ${path}`);
    return Promise.resolve(quietly({ path, removed }));
  },
};
