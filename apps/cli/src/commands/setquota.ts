import type { Command } from '../command.ts';
import { setQuota } from '../quota.ts';
import { quotaJson, quotaOptions, renderQuota } from '../quota-format.ts';
import { UsageError } from '../usage-error.ts';

export const setquota: Command = {
  name: 'setquota',
  syntax: {
    options: {
      '-n': { value: 'nodes', describe: 'soft limit on nodes, including the node itself' },
      '-b': { value: 'bytes', describe: 'soft limit on bytes of data' },
      '-N': { value: 'nodes', describe: 'hard limit on nodes' },
      '-B': { value: 'bytes', describe: 'hard limit on bytes' },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'limit what a node and its descendants may hold',
  details: [
    'Limits that are not given stay as they are. Above a soft limit, servers log a warning; they refuse a',
    'write that would exceed a hard limit. No node above or below this one may have a quota of its own.',
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

/** The largest number of ten digits, which is as many as are read. */
const BYTES_MAX = 9_999_999_999;

function limit(name: string, value: number | undefined): Record<string, number> {
  return value === undefined ? {} : { [name]: value };
}
