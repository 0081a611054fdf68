import { VERSION } from '@conclave/client';
import type { Command } from '../command.ts';

export const version: Command = {
  name: 'version',
  syntax: { options: {}, operands: [] },
  summary: 'print the version of this program',
  examples: ['version'],
  run() {
    return Promise.resolve({ json: { version: VERSION }, render: () => `conclave ${VERSION}` });
  },
};
