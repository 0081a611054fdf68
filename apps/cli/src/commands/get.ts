import type { Command } from '../command.ts';
import { dataJson, hexDump, renderData } from '../data-format.ts';
import { renderStat, statJson } from '../stat-format.ts';
import { UsageError } from '../usage-error.ts';

export const get: Command = {
  name: 'get',
  syntax: {
    options: {
      '-s': { describe: 'also print the stat of the node' },
      '-w': { describe: 'print an event when the node next changes' },
      '-b': { describe: 'print the data in base64' },
      '-x': { describe: 'print the data in hexadecimal and as text' },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'print the data of a node',
  details:
    'A pipe gets the bytes as they are and a line end. A terminal gets escapes for control characters.',
  examples: ['get /greeting', 'get -s -w /config/rate', 'get -b /images/logo', 'get -x /state'],
  async run(args, { connection, watches, signal }) {
    const path = args.operand('path');
    if (args.has('-b') && args.has('-x')) throw new UsageError('-b cannot be combined with -x');
    const client = await connection.client(signal);
    const { data, stat } = await client.get(path, { watch: watches.arm(args.has('-w'), path), signal });
    const base64 = args.has('-b') ? Buffer.from(data).toString('base64') : undefined;
    const dump = args.has('-x') ? hexDump(data) : undefined;
    const shown = base64 === undefined ? dataJson(data) : { data: base64, encoding: 'base64' };
    return {
      json: args.has('-s') ? { path, ...shown, stat: statJson(stat) } : { path, ...shown },
      render(styling) {
        const text = base64 ?? dump ?? renderData(data, styling);
        if (!args.has('-s')) return text;
        return Buffer.concat([Buffer.from(text), Buffer.from(`\n${renderStat(stat, styling)}`)]);
      },
    };
  },
};
