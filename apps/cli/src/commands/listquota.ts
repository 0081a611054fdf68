import type { Command } from '../command.ts';
import { type Quota, readQuota } from '../quota.ts';
import { quotaJson } from '../quota-format.ts';

const NAMES: Readonly<Record<keyof Quota, string>> = {
  count: 'nodes',
  bytes: 'bytes',
  countHardLimit: 'nodes at most',
  byteHardLimit: 'bytes at most',
};

export const listquota: Command = {
  name: 'listquota',
  syntax: { options: {}, operands: [{ name: 'path', kind: 'path' }] },
  summary: 'print the limits of a node and its usage',
  examples: ['listquota /app'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    const client = await connection.client(signal);
    const { limits, used } = await readQuota(client, path, signal);
    const rows = Object.entries(NAMES).flatMap(([key, name]) => {
      const most = limits[key as keyof Quota];
      const now = name.startsWith('nodes') ? used.count : used.bytes;
      return most < 0 ? [] : [`${name}: ${now} of ${most}`];
    });
    return {
      json: { path, limits: quotaJson(limits), used: { count: used.count, bytes: used.bytes } },
      render: () =>
        rows.length === 0 ? `no limits; ${used.count} nodes, ${used.bytes} bytes` : rows.join('\n'),
    };
  },
};
