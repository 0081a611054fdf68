import type { CreateMode } from '@conclave/client';
import type { Command } from '../command.ts';
import { printable } from '../data-format.ts';
import { statJson } from '../stat-format.ts';

export const create: Command = {
  name: 'create',
  syntax: {
    options: {
      '-s': { describe: 'sequential: a number that only grows is appended to the path' },
      '-e': { describe: 'ephemeral: the node goes when this session ends' },
      '-p': { describe: 'missing parents are created too' },
    },
    operands: [
      { name: 'path', kind: 'path' },
      { name: 'data', optional: true },
    ],
  },
  summary: 'create a node',
  details: 'Prints the path of the node: alone for a pipe, so that a script learns what -s made of it.',
  examples: [
    'create /greeting hello',
    'create -p /app/config "two words"',
    'create -s -e /queue/item- job-42',
  ],
  async run(args, { connection, signal }) {
    const client = await connection.client(signal);
    const { path, stat } = await client.create(args.operand('path'), args.optional('data') ?? null, {
      mode: modeOf(args.has('-s'), args.has('-e')),
      parents: args.has('-p'),
      signal,
    });
    return {
      json: { path, stat: statJson(stat) },
      render: (look) => (look.terminal ? `Created ${printable(path)}` : path),
    };
  },
};

function modeOf(sequential: boolean, ephemeral: boolean): CreateMode {
  if (sequential) return ephemeral ? 'ephemeralSequential' : 'persistentSequential';
  return ephemeral ? 'ephemeral' : 'persistent';
}
