import type { Command } from '../command.ts';
import { UsageError } from '../usage-error.ts';

export const printwatches: Command = {
  name: 'printwatches',
  only: 'shell',
  syntax: { options: {}, operands: [{ name: 'on|off', optional: true }] },
  summary: 'turn the printing of watch events on or off',
  examples: ['printwatches', 'printwatches off'],
  run(args, { watches }) {
    const wanted = args.optional('on|off');
    if (wanted !== undefined && wanted !== 'on' && wanted !== 'off')
      throw new UsageError('expected on or off');
    if (wanted !== undefined) watches.printing = wanted === 'on';
    const { printing } = watches;
    return Promise.resolve({
      json: { printing },
      render: (styling) =>
        wanted !== undefined && !styling.terminal ? '' : `printwatches is ${printing ? 'on' : 'off'}`,
    });
  },
};
