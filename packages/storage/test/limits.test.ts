import { join } from 'node:path';
import { ZXID_ZERO } from '@conclave/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStorage, type StorageOptions } from '../src/index.ts';
import { append } from './entries.ts';
import { Owner } from './owner.ts';
import { scratchFolder } from './scratch.ts';

async function opened(options: Omit<StorageOptions, 'directory'>): Promise<Owner> {
  const storage = await openStorage({
    directory: join(scratchFolder(), 'data'),
    reserveBytes: 4096,
    ...options,
  });
  onTestFinished(() => storage.close());
  return new Owner(storage);
}

describe('the limits of the storage', () => {
  test.each([
    ['reserveBytes', 0],
    ['pollRoomMs', -1],
    ['walBytesMax', 1.5],
    ['pendingBytesMax', Number.NaN],
    ['snapshotIdleMs', Number.POSITIVE_INFINITY],
  ])('%s is not %d', async (name, value) => {
    const directory = join(scratchFolder(), 'data');
    await expect(openStorage({ directory, [name]: value })).rejects.toThrow(new RegExp(`^${name} must be`));
  });

  test('more than may wait for the disk ends in QUEUE_FULL, and room is looked for', async () => {
    const owner = await opened({ pendingBytesMax: 10_000, pollRoomMs: 1 });
    const last = owner.submit(append(1, 1, 10, 900));
    owner.submit(append(1, 11, 20, 900));
    owner.submit(append(1, 21, 30, 900));
    expect(owner.failures).toMatchObject([{ code: 'QUEUE_FULL', recoverable: true }]);
    await owner.until(() => owner.rooms > 0);
    expect(owner.isPersisted(last)).toBe(false);
  });

  test('snapshots are read by sixteen at once', async () => {
    const { storage } = await opened({});
    const snapshots = await Promise.all(Array.from({ length: 16 }, () => storage.readSnapshot()));
    await expect(storage.readSnapshot()).rejects.toMatchObject({ code: 'BUSY' });
    await snapshots[3]?.chunks[Symbol.asyncIterator]().return?.();
    await storage.readSnapshot();
  });

  test('a snapshot that is not read expires', async () => {
    const { storage } = await opened({ snapshotIdleMs: 4 });
    const value = new Uint8Array(600_000);
    await storage.writeCheckpoint([[{ key: '/large', value }]], ZXID_ZERO);
    const chunks = (await storage.readSnapshot()).chunks[Symbol.asyncIterator]();
    // Sixteen more can only be opened one after the other if the idle ones are closed.
    for (let i = 0; i < 17; i++) {
      while (!(await storage.readSnapshot().catch(() => undefined)));
    }
    await expect(chunks.next()).rejects.toMatchObject({ code: 'SNAPSHOT_EXPIRED' });
  });
});
