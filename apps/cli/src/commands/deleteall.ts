import { type Client, isConclaveError } from '@conclave/client';
import type { Command } from '../command.ts';
import { listSubtree } from '../subtree.ts';
import { UsageError } from '../usage-error.ts';

/** How many deletions are on their way at a time. */
const BATCH = 256;
const BATCH_MAX = 100_000;
const ATTEMPTS_MAX = 5;

export const deleteall: Command = {
  name: 'deleteall',
  syntax: {
    options: {
      '-b': {
        value: 'number',
        describe: `how many deletions are on their way at a time; ${BATCH} by default`,
      },
    },
    operands: [{ name: 'path', kind: 'path' }],
  },
  summary: 'delete a node and all below it',
  details:
    'Not one transaction: who reads meanwhile sees part of it gone. Nodes that others add meanwhile go too.',
  examples: ['deleteall /app/staging'],
  async run(args, { connection, signal }) {
    const path = args.operand('path');
    if (path === '/') throw new UsageError('the root cannot be deleted; delete what is below it');
    const batch = args.integer('-b', 1, BATCH_MAX) ?? BATCH;
    const client = await connection.client(signal);
    let deleted = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        const paths = await listSubtree(client, path, signal);
        deleted += await deleteInReverse(client, paths, batch, signal);
        break;
      } catch (error) {
        // Somebody was quicker: with the node itself, or with a child below a node that was about to go.
        if (attempt > 1 && hasCode(error, 'NO_NODE')) break;
        if (attempt === ATTEMPTS_MAX || !hasCode(error, 'NOT_EMPTY')) throw error;
      }
    }
    const text = `Deleted ${deleted} ${deleted === 1 ? 'node' : 'nodes'}`;
    return { json: { path, deleted }, render: (styling) => (styling.terminal ? text : '') };
  },
};

/** Children before their parents: a session's writes are done in the order of their sending. */
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
