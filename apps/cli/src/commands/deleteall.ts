import { type Client, isConclaveError } from '@conclave/client';
import type { Command } from '../command.ts';
import { listSubtree } from '../subtree.ts';
import { UsageError } from '../usage-error.ts';

/** How many deletions are in flight at a time. */
const BATCH = 256;
const BATCH_MAX = 100_000;
const ATTEMPTS_MAX = 5;

export const deleteall: Command = {
  name: 'deleteall',
  syntax: {
    options: {
      '-b': {
        value: 'number',
        describe: `how many deletions are in flight at a time; default ${BATCH}`,
      },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'delete a node and all its descendants',
  details: 'Not one transaction: others may see part of it done. Nodes added meanwhile are deleted too.',
  examples: ['deleteall /app/staging'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    if (path === '/') throw new UsageError('the root cannot be deleted; delete its children instead');
    const batch = args.integer('-b', 1, BATCH_MAX) ?? BATCH;
    const client = await connection.client(signal);
    let deleted = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        const paths = await listSubtree(client, path, signal);
        deleted += await deleteInReverse(client, paths, batch, signal);
        break;
      } catch (error) {
        // Another client was quicker: it deleted the node itself, or added a child to a node that was about to go.
        if (attempt > 1 && hasCode(error, 'NO_NODE')) break;
        if (attempt === ATTEMPTS_MAX || !hasCode(error, 'NOT_EMPTY')) throw error;
      }
    }
    const text = `Deleted ${deleted} ${deleted === 1 ? 'node' : 'nodes'}`;
    return { json: { path, deleted }, render: (styling) => (styling.terminal ? text : '') };
  },
};

/** Children come before their parents. A session's writes take effect in the order in which they were sent. */
async function deleteInReverse(
  client: Client,
  paths: readonly string[],
  batchSize: number,
  signal: AbortSignal,
): Promise<number> {
  let deleted = 0;
  for (let end = paths.length; end > 0; end -= batchSize) {
    const batch = paths.slice(Math.max(0, end - batchSize), end).reverse();
    const gone = await Promise.allSettled(batch.map((path) => client.delete(path, { signal })));
    for (const outcome of gone) {
      if (outcome.status === 'fulfilled') deleted++;
      else if (!hasCode(outcome.reason, 'NO_NODE')) throw outcome.reason;
    }
  }
  return deleted;
}

function hasCode(error: unknown, code: string): boolean {
  return isConclaveError(error) && error.code === code;
}
