import { OpCode } from '@conclave/client';
import type { Command } from '../command.ts';
import { dataJson, printable } from '../data-format.ts';
import { renderFields } from '../stat-format.ts';

export const holder: Command = {
  name: 'holder',
  syntax: {
    options: { '-w': { describe: 'print an event when the holder next changes' } },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'print the holder of a lock or the leader of an election',
  examples: ['holder /locks/billing', 'holder -w /elections/scheduler'],
  async run(args, { connection, watches, signal }) {
    const path = args.operand('path');
    const client = await connection.client(signal);
    const head = await client.request(
      { op: OpCode.lineHolder, path },
      { watch: watches.arm(args.has('-w'), path), signal },
    );
    if (head.node === '') return { json: { path, holder: null }, render: () => 'no holder' };
    const session = `0x${head.session.toString(16)}`;
    const { data } = dataJson(head.data ?? new Uint8Array(0));
    return {
      json: { path, holder: { node: head.node, fencingToken: head.token, session, data: data ?? null } },
      render: (styling) =>
        renderFields(
          {
            node: printable(head.node),
            fencingToken: head.token,
            session,
            data: styling.terminal ? printable(String(data)) : String(data),
          },
          styling,
        ),
    };
  },
};
