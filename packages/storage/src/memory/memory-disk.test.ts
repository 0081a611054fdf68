import { makeZxid, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { append, entries, zxidsOf } from '../../test/entries.ts';
import { Owner } from '../../test/owner.ts';
import { MemoryDisk } from './memory-disk.ts';
import { openMemoryStorage } from './memory-storage.ts';

/** A disk that finishes a write when the test says so. */
class SlowDisk {
  readonly #waiting: (() => void)[] = [];
  readonly disk = new MemoryDisk({ schedule: (run) => this.#waiting.push(run) });

  finishOne(): void {
    this.#waiting.shift()?.();
  }

  finishAll(): void {
    while (this.#waiting.length > 0) this.finishOne();
  }
}

async function recoveredZxids(disk: MemoryDisk): Promise<Zxid[]> {
  const storage = await openMemoryStorage(disk);
  disk.crash();
  return zxidsOf(storage.recovered.entries);
}

describe('a simulated disk', () => {
  test('takes what waits in one go, and reports it when it is done', async () => {
    const slow = new SlowDisk();
    const owner = new Owner(await openMemoryStorage(slow.disk));
    for (let i = 1; i <= 5; i++) owner.submit(append(1, i, i));
    expect(owner.persisted).toEqual([]);
    slow.finishOne();
    expect(owner.persisted).toEqual([1]);
    slow.finishOne();
    expect(owner.persisted).toEqual([1, 5]);
  });

  test.each([
    [false, 1],
    [true, 2],
  ])('loses in a crash what was not persisted (under way kept: %s)', async (keepUnderWay, kept) => {
    const slow = new SlowDisk();
    const owner = new Owner(await openMemoryStorage(slow.disk));
    owner.submit(append(1, 1, 1));
    slow.finishAll();
    owner.submit(append(1, 2, 2));
    owner.submit(append(1, 3, 3));
    slow.disk.crash({ keepUnderWay });
    slow.finishAll();
    expect(owner.persisted).toEqual([1]);
    expect(await recoveredZxids(slow.disk)).toEqual(zxidsOf(entries(1, 1, kept)));
  });

  test.each([
    [0.2, 512],
    [0.5, 1_536],
    [0.99, 3_072],
    [1, 3_584],
  ])('cuts when it is opened what a crash has torn at a sector (share %d of a page)', async (torn, bytes) => {
    const slow = new SlowDisk();
    const owner = new Owner(await openMemoryStorage(slow.disk));
    owner.submit(append(1, 1, 1));
    slow.disk.crash({ torn });
    const { recovered } = await openMemoryStorage(slow.disk);
    expect(recovered).toMatchObject({
      entries: [],
      trusted: true,
      notes: [{ type: 'torn-tail-cut', reason: 'interrupted-commit', entries: undefined, bytes }],
    });
  });

  test('has nothing to cut when a crash came before the first sector', async () => {
    const slow = new SlowDisk();
    const owner = new Owner(await openMemoryStorage(slow.disk));
    owner.submit(append(1, 1, 1));
    slow.disk.crash({ torn: 0 });
    const { recovered } = await openMemoryStorage(slow.disk);
    expect(recovered).toMatchObject({ entries: [], trusted: true, notes: [] });
  });

  test('that lies may have torn the first write that it loses', async () => {
    const disk = new MemoryDisk();
    const owner = new Owner(await openMemoryStorage(disk));
    disk.lie();
    await owner.persist(append(1, 1, 1));
    await owner.persist(append(1, 2, 2));
    disk.crash({ torn: 0.5, power: { log: 0.5, checkpoint: 1 } });
    const { recovered } = await openMemoryStorage(disk);
    expect(zxidsOf(recovered.entries)).toEqual(zxidsOf(entries(1, 1, 1)));
    expect(recovered).toMatchObject({
      trusted: false,
      notes: [{ type: 'still-untrusted' }, { type: 'torn-tail-cut', bytes: 1_536 }],
    });
  });

  test.each([
    [0, 1],
    [0.5, 2],
    [1, 3],
  ])(
    'that lies loses with the power all but a beginning of what it was given (share %d)',
    async (share, kept) => {
      const disk = new MemoryDisk();
      const owner = new Owner(await openMemoryStorage(disk));
      await owner.persist(append(1, 1, 1));
      disk.lie();
      await owner.persist(append(1, 2, 2));
      await owner.persist(append(1, 3, 3), { type: 'epochs', acceptedEpoch: 4, currentEpoch: 4 });
      disk.crash({ power: { log: share, checkpoint: share } });
      const { recovered } = await openMemoryStorage(disk);
      const isWhole = share === 1;
      expect(zxidsOf(recovered.entries)).toEqual(zxidsOf(entries(1, 1, kept)));
      expect(recovered).toMatchObject({ trusted: isWhole, currentEpoch: isWhole ? 4 : 0 });
    },
  );

  test('that lies loses nothing when only the process dies, or after it has written at last', async () => {
    const disk = new MemoryDisk();
    const owner = new Owner(await openMemoryStorage(disk));
    disk.lie();
    await owner.persist(append(1, 1, 2));
    disk.crash();
    disk.endLie();
    disk.crash({ power: { log: 0, checkpoint: 0 } });
    expect(await recoveredZxids(disk)).toEqual(zxidsOf(entries(1, 1, 2)));
  });

  test('does nothing more for a storage that crashed', async () => {
    const disk = new MemoryDisk();
    const dead = new Owner(await openMemoryStorage(disk));
    await dead.persist(append(1, 1, 1));
    disk.crash();
    const owner = new Owner(await openMemoryStorage(disk));
    dead.submit(append(1, 2, 5));
    void dead.storage.close();
    await owner.persist(append(1, 2, 2));
    expect(disk.inUse).toBe(true);
    expect(dead.persisted).toEqual([1]);
    await owner.storage.close();
    expect(await recoveredZxids(disk)).toEqual(zxidsOf(entries(1, 1, 2)));
  });

  test('reports a failure once, and again when there is room', async () => {
    const disk = new MemoryDisk();
    const owner = new Owner(await openMemoryStorage(disk));
    await owner.persist(append(1, 1, 1));
    disk.fail('DISK_FULL');
    owner.submit(append(1, 2, 2));
    owner.submit(append(1, 3, 3));
    await owner.until(() => owner.failures.length > 0);
    await expect(owner.storage.writeCheckpoint([], ZXID_ZERO)).rejects.toMatchObject({ code: 'DISK_FULL' });
    disk.heal();
    await owner.until(() => owner.rooms > 0);
    expect(owner.failures).toMatchObject([{ code: 'DISK_FULL', recoverable: true }]);
    expect(owner.rooms).toBe(1);
    await owner.storage.close();
    expect(await recoveredZxids(disk)).toEqual(zxidsOf(entries(1, 1, 1)));
  });

  test('refuses to be opened while it fails', async () => {
    const disk = new MemoryDisk();
    disk.fail('IO_ERROR');
    await expect(openMemoryStorage(disk)).rejects.toMatchObject({ code: 'IO_ERROR' });
    disk.heal();
    await openMemoryStorage(disk);
  });

  test('that lost acknowledged entries leaves the storage untrusted until it is synchronised', async () => {
    const disk = new MemoryDisk();
    const owner = new Owner(await openMemoryStorage(disk));
    await owner.persist(append(1, 1, 9));
    await owner.storage.close();
    disk.loseAfter(makeZxid(1, 7));
    for (let restart = 0; restart < 2; restart++) {
      const { recovered } = await openMemoryStorage(disk);
      expect(recovered).toMatchObject({ trusted: false, notes: [{ type: 'still-untrusted' }] });
      disk.crash();
    }
    const synchronised = new Owner(await openMemoryStorage(disk));
    await synchronised.persist(append(1, 8, 9), { type: 'epochs', acceptedEpoch: 2, currentEpoch: 2 });
    await synchronised.storage.close();
    expect((await openMemoryStorage(disk)).recovered).toMatchObject({ trusted: true, notes: [] });
  });

  test('with a damaged entry is cut at the end and refused further back', async () => {
    const disk = new MemoryDisk();
    const owner = new Owner(await openMemoryStorage(disk));
    await owner.persist(append(1, 1, 4));
    await owner.persist(append(1, 5, 8));
    await owner.storage.close();
    disk.damageEntry(makeZxid(1, 6));
    const { recovered } = await openMemoryStorage(disk);
    expect(recovered).toMatchObject({
      trusted: false,
      notes: [
        { type: 'torn-tail-cut', afterZxid: makeZxid(1, 4), entries: 4 },
        { type: 'acknowledged-entries-lost', logEnd: makeZxid(1, 4), durableMark: makeZxid(1, 8) },
      ],
    });
    disk.crash();
    const rewritten = new Owner(await openMemoryStorage(disk));
    await rewritten.persist(append(1, 5, 8));
    await rewritten.storage.close();
    disk.damageEntry(makeZxid(1, 2));
    await expect(openMemoryStorage(disk)).rejects.toMatchObject({
      code: 'CORRUPT_LOG',
      afterZxid: ZXID_ZERO,
    });
  });

  test('with a damaged row refuses to give its checkpoint', async () => {
    const disk = new MemoryDisk();
    const { storage } = new Owner(await openMemoryStorage(disk));
    await storage.writeCheckpoint([[{ key: '/a', value: new Uint8Array(3) }]], ZXID_ZERO);
    disk.damageRow('/a');
    const damaged = { code: 'CORRUPT_CHECKPOINT', key: '/a' };
    await expect(storage.readCheckpoint()[Symbol.asyncIterator]().next()).rejects.toMatchObject(damaged);
    await expect(storage.readSnapshot()).rejects.toMatchObject(damaged);
  });
});
