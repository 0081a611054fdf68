import type { Command } from '../command.ts';
import { quietly } from '../result.ts';
import { UsageError } from '../usage-error.ts';

export const unlock: Command = {
  name: 'unlock',
  only: 'shell',
  syntax: { options: {}, operands: [{ name: 'path', kind: 'path' }] },
  summary: 'release a lock that this shell holds',
  examples: ['unlock /locks/billing'],
  async run(args, { held, signal }) {
    const path = args.operand('path');
    const lock = held.take(path);
    if (lock === undefined) {
      const others = held.paths.length === 0 ? 'it holds none' : `it holds ${held.paths.join(', ')}`;
      throw new UsageError(`this shell does not hold ${path}; ${others}`);
    }
    await lock.release({ signal });
    return quietly({ path });
  },
};
