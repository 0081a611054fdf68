import type { Command } from '../command.ts';

const SHOWN_MAX = 20;

export const history: Command = {
  name: 'history',
  only: 'shell',
  syntax: { options: {}, operands: [] },
  summary: 'list the latest lines, with their numbers',
  details: `The last ${SHOWN_MAX} of this run. The arrow keys also reach those of earlier runs.`,
  examples: ['history'],
  run(_args, { history: { lines } }) {
    const first = Math.max(0, lines.length - SHOWN_MAX);
    const shown = lines.slice(first).map((line, i) => ({ number: first + i + 1, line }));
    const width = String(lines.length).length;
    return Promise.resolve({
      json: shown,
      render: (styling) =>
        shown.map(({ number, line }) => `${styling.dim(String(number).padStart(width))}  ${line}`).join('\n'),
    });
  },
};
