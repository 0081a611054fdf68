import type { Zxid } from '@conclave/protocol';
import type { CheckpointRow, Storage } from '@conclave/storage';
import type { Tree } from '@conclave/tree';
import type { Clock } from './environment.ts';

const ROWS_PER_SLICE = 500;

/**
 * Writes what changed since the last checkpoint, a slice in each turn of the event loop, so that requests go
 * on in between. Resolves to the zxid that the checkpoint stands for once it is durable.
 */
export async function writeCheckpoint(tree: Tree, storage: Storage, clock: Clock): Promise<Zxid> {
  const zxid = tree.beginCheckpoint();
  try {
    await storage.writeCheckpoint(slices(tree, clock), zxid);
    return zxid;
  } catch (error) {
    tree.abandonCheckpoint();
    throw error;
  }
}

async function* slices(tree: Tree, clock: Clock): AsyncGenerator<readonly CheckpointRow[]> {
  while (!tree.checkpointDone()) {
    yield tree.checkpointRows(ROWS_PER_SLICE);
    await new Promise<void>((resolve) => clock.endOfTurn(resolve));
  }
}
