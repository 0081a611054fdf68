import { formatZxid } from '@conclave/client';
import type { Command } from '../command.ts';
import { renderFields } from '../stat-format.ts';

export const session: Command = {
  name: 'session',
  syntax: { options: {}, operands: [] },
  summary: 'print the session of this shell: its id, state, timeout and protocol',
  examples: ['session'],
  async run(_args, { connection, signal }) {
    const client = await connection.client(signal);
    const { id, timeoutMs, native, lastZxid, safeUntil } = client.session;
    const fields = {
      session: `0x${id.toString(16)}`,
      state: client.state,
      timeoutMs,
      safeForMs: Math.max(0, Math.round(safeUntil - performance.now())),
      protocol: native ? 'conclave' : 'zookeeper',
      lastZxid: formatZxid(lastZxid),
    };
    return { json: fields, render: (styling) => renderFields(fields, styling) };
  },
};
