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
      '-s': { describe: 'sequential: append an increasing number to the path' },
      '-e': { describe: 'ephemeral: the node is deleted when this session ends' },
      '-c': { describe: 'container: the node is deleted some time after its last child' },
      '-t': {
        value: 'ms',
        describe: 'the node is deleted once it has no children and was not set for this long',
      },
      '-p': { describe: 'create missing parents' },
    },
    operands: [
      { name: 'path', kind: 'path' },
      { name: 'data', optional: true },
      { name: 'acl', optional: true },
    ],
  },
  summary: 'create a node',
  details: [
    'Prints the path of the node. A pipe gets the path alone, so that a script learns the number from -s.',
    '"help setAcl" explains how to write an ACL. Without one, every client may do everything.',
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

/** Throws `UsageError` for options that exclude each other. */
export function kindOf(args: Arguments): {
  readonly mode: CreateMode;
  readonly ttlMs: number | undefined;
} {
  const ttlMs = args.integer('-t', 1, TTL_MS_MAX);
  const ephemeral = args.has('-e');
  const sequential = args.has('-s');
  if (args.has('-c')) {
    if (ephemeral || sequential || ttlMs !== undefined)
      throw new UsageError('-c cannot be combined with -s, -e or -t');
    return { mode: 'container', ttlMs };
  }
  if (ephemeral && ttlMs !== undefined) throw new UsageError('-e cannot be combined with -t');
  if (sequential) return { mode: ephemeral ? 'ephemeralSequential' : 'persistentSequential', ttlMs };
  return { mode: ephemeral ? 'ephemeral' : 'persistent', ttlMs };
}

export function aclOf(args: Arguments): readonly Acl[] | undefined {
  const text = args.optional('acl');
  return text === undefined ? undefined : parseAcl(text);
}

/** The largest number of ten digits, which is as many as are read: about 116 days. */
const TTL_MS_MAX = 9_999_999_999;
