import type { Command } from '../command.ts';
import { setQuota } from '../quota.ts';
import { quotaJson, quotaOptions, renderQuota } from '../quota-format.ts';
import { UsageError } from '../usage-error.ts';

export const setquota: Command = {
  name: 'setquota',
  syntax: {
    options: {
      '-n': { value: 'nodes', describe: 'warn beyond so many nodes, the node itself counted' },
      '-b': { value: 'bytes', describe: 'warn beyond so many bytes of data' },
      '-N': { value: 'nodes', describe: 'refuse more nodes' },
      '-B': { value: 'bytes', describe: 'refuse more bytes' },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'bound what a node and all below it may hold',
  details: [
    "Limits that are not given stay as they are. Servers warn in their logs. A node's quota is the only one on",
    'its way up and down.',
  ].join('\n'),
  examples: ['setquota -n 1000 /app', 'setquota -N 1000 -B 1048576 /app'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    const given = {
      ...limit('count', args.integer('-n', 1, 2 ** 31 - 1)),
      ...limit('bytes', args.integer('-b', 0, BYTES_MAX)),
      ...limit('countHardLimit', args.integer('-N', 1, 2 ** 31 - 1)),
      ...limit('byteHardLimit', args.integer('-B', 0, BYTES_MAX)),
    };
    if (Object.keys(given).length === 0) throw new UsageError(`one of ${quotaOptions.join(' ')} is missing`);
    const client = await connection.client(signal);
    const limits = await setQuota(client, path, given, signal);
    return {
      json: { path, limits: quotaJson(limits) },
      render: (styling) => (styling.terminal ? renderQuota(limits, styling) : ''),
    };
  },
};

/** Ten digits are read. */
const BYTES_MAX = 9_999_999_999;

function limit(name: string, value: number | undefined): Record<string, number> {
  return value === undefined ? {} : { [name]: value };
}
