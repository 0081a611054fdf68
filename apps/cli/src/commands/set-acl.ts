import { type Client, isConclaveError } from '@conclave/client';
import { formatAcl, parseAcl } from '../acl-format.ts';
import type { Command } from '../command.ts';
import { renderStat, statJson } from '../stat-format.ts';
import { listSubtree } from '../subtree.ts';
import { UsageError } from '../usage-error.ts';

export const setAcl: Command = {
  name: 'setAcl',
  syntax: {
    options: {
      '-s': { describe: 'print the new stat of the node' },
      '-v': { value: 'version', describe: 'only if the ACL has this version (aclVersion in the stat)' },
      '-R': { describe: 'also set it on all descendants; not one transaction' },
    },
    operands: [{ name: 'path', kind: 'path' }, { name: 'acl' }],
  },
  summary: 'set the ACL of a node',
  details: [
    'An ACL is a list of scheme:id:permissions, separated by commas. The schemes are world:anyone, auth:',
    '(the identities of this session), digest:user:hash, ip:address and ip:network/bits. "help getAcl"',
    'explains the permissions.',
  ].join('\n'),
  examples: ['setAcl /config world:anyone:r,auth::cdrwa', 'setAcl -R /app ip:10.0.0.0/8:cdrwa'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    const acl = parseAcl(args.operand('acl'));
    const version = args.integer('-v', -1, 2 ** 31 - 1);
    const isDeep = args.has('-R');
    if (isDeep && (version !== undefined || args.has('-s')))
      throw new UsageError('-R cannot be combined with -s or -v');
    const client = await connection.client(signal);
    if (isDeep) {
      const paths = await listSubtree(client, path, signal);
      // The node itself comes last. If the new ACL forbids reading, a repeated command must still find what is below it.
      let done = 0;
      for (const each of paths.reverse()) done += await setIfThere(client, each, path, acl, signal);
      const text = `Set the ACL of ${done} ${done === 1 ? 'node' : 'nodes'}`;
      return { json: { path, nodes: done }, render: (styling) => (styling.terminal ? text : '') };
    }
    const stat = await client.setAcl(path, acl, { version, signal });
    return {
      json: { path, acl: acl.map(formatAcl), stat: statJson(stat) },
      render: (styling) => (args.has('-s') ? renderStat(stat, styling) : ''),
    };
  },
};

/** Skips a node that was deleted meanwhile, except the one that the user named. */
async function setIfThere(
  client: Client,
  path: string,
  root: string,
  acl: ReturnType<typeof parseAcl>,
  signal: AbortSignal,
): Promise<number> {
  try {
    await client.setAcl(path, acl, { signal });
    return 1;
  } catch (error) {
    if (path !== root && isConclaveError(error) && error.code === 'NO_NODE') return 0;
    throw error;
  }
}
