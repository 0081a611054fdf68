import type { Acl, CreateMode } from '@conclave/client';
import { parseAcl } from '../acl-format.ts';
import type { Command } from '../command.ts';
import { printable } from '../data-format.ts';
import { statJson } from '../stat-format.ts';
import type { Arguments } from '../syntax.ts';
import { UsageError } from '../usage-error.ts';

export const create: Command = {
  name: 'create',
  syntax: {
    options: {
      '-s': { describe: 'sequential: a number that only grows is appended to the path' },
      '-e': { describe: 'ephemeral: the node goes when this session ends' },
      '-c': { describe: 'a container: the node goes some time after its last child' },
      '-t': { value: 'ms', describe: 'the node goes when it has no children and was not set for so long' },
      '-p': { describe: 'missing parents are created too' },
    },
    operands: [
      { name: 'path', kind: 'path' },
      { name: 'data', optional: true },
      { name: 'acl', optional: true },
    ],
  },
  summary: 'create a node',
  details: [
    'Prints the path of the node: alone for a pipe, so that a script learns what -s made of it.',
    'See help setAcl for how an ACL is written; without one everybody may do everything.',
  ].join('\n'),
  examples: [
    'create /greeting hello',
    'create -p /app/config "two words"',
    'create -s -e /queue/item- job-42',
    'create -t 60000 /seen/42',
    'create /mine "" auth::cdrwa',
  ],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    const options = { ...kindOf(args), acl: aclOf(args), parents: args.has('-p'), signal };
    const client = await connection.client(signal);
    const created = await client.create(path, args.optional('data') ?? null, options);
    return {
      json: { path: created.path, stat: statJson(created.stat) },
      render: (styling) => (styling.terminal ? `Created ${printable(created.path)}` : created.path),
    };
  },
};

/** Throws `UsageError` for what goes not together. */
export function kindOf(args: Arguments): {
  readonly mode: CreateMode;
  readonly ttlMs: number | undefined;
} {
  const ttlMs = args.integer('-t', 1, TTL_MS_MAX);
  const ephemeral = args.has('-e');
  const sequential = args.has('-s');
  if (args.has('-c')) {
    if (ephemeral || sequential || ttlMs !== undefined) throw new UsageError('-c goes without -s, -e and -t');
    return { mode: 'container', ttlMs };
  }
  if (ephemeral && ttlMs !== undefined) throw new UsageError('-e goes without -t');
  if (sequential) return { mode: ephemeral ? 'ephemeralSequential' : 'persistentSequential', ttlMs };
  return { mode: ephemeral ? 'ephemeral' : 'persistent', ttlMs };
}

export function aclOf(args: Arguments): readonly Acl[] | undefined {
  const text = args.optional('acl');
  return text === undefined ? undefined : parseAcl(text);
}

/** Ten digits are read: some hundred days. */
const TTL_MS_MAX = 9_999_999_999;
