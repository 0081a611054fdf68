import { join } from 'node:path';
import { makeZxid, type Zxid } from '@conclave/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CheckpointDatabase } from '../src/checkpoint/checkpoint-database.ts';
import { MemoryDisk, openMemoryStorage, openStorage, type Storage } from '../src/index.ts';
import { LogDatabase } from '../src/log/log-database.ts';
import { append, entries, zxidsOf } from './entries.ts';
import { Owner } from './owner.ts';
import { scratchFolder } from './scratch.ts';

const SNAPSHOT_ZXID = makeZxid(4, 20);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** What a server had before: a log of (1,1)…(1,6) and (2,1), and a checkpoint at (1,4). */
async function fill(storage: Storage): Promise<void> {
  const owner = new Owner(storage);
  await owner.persist(append(1, 1, 6));
  await owner.persist(append(2, 1, 1), { type: 'epochs', acceptedEpoch: 2, currentEpoch: 2 });
  await storage.writeCheckpoint([[{ key: '/old', value: text('1') }]], makeZxid(1, 4));
}

async function keysOf(storage: Storage): Promise<string[]> {
  const keys: string[] = [];
  for await (const rows of storage.readCheckpoint()) for (const { key } of rows) keys.push(key);
  return keys;
}

function old(storage: Storage): void {
  expect(storage.recovered).toMatchObject({ checkpointZxid: makeZxid(1, 4), currentEpoch: 2, trusted: true });
  expect(zxidsOf(storage.recovered.entries)).toEqual(zxidsOf([...entries(1, 1, 6), ...entries(2, 1, 1)]));
}

function replaced(storage: Storage, notes: readonly unknown[]): void {
  expect(storage.recovered).toMatchObject({
    checkpointZxid: SNAPSHOT_ZXID,
    currentEpoch: 2,
    trusted: true,
    entries: [],
    notes,
  });
}

async function goesOn(storage: Storage): Promise<void> {
  const owner = new Owner(storage);
  const [first = SNAPSHOT_ZXID] = storage.recovered.entries.slice(-1).map(({ zxid }) => zxid);
  await owner.persist({ type: 'append', entries: [{ zxid: (first + 1) as Zxid, payload: text('next') }] });
}

/**
 * The steps of an install on SQLite, each of which is one durable transaction of one of the two files; a crash can
 * come before the first, and after each of them. They are taken here with the parts of the storage itself.
 */
const steps: ((directory: string) => void)[] = [
  (directory) => {
    const checkpoint = CheckpointDatabase.open({ directory, walBytesMax: 2 ** 23 });
    checkpoint.begin(true);
    checkpoint.put([{ key: text('/new'), value: text('2') }]);
    checkpoint.commit(SNAPSHOT_ZXID);
    checkpoint.close();
  },
  (directory) => {
    const log = LogDatabase.open({ directory, walBytesMax: 2 ** 23 }, () => undefined);
    log.clear(SNAPSHOT_ZXID);
    log.close();
  },
  (directory) => {
    const checkpoint = CheckpointDatabase.open({ directory, walBytesMax: 2 ** 23 });
    checkpoint.logCleared();
    checkpoint.close();
  },
];

describe('a crash in the install of a snapshot', () => {
  test.each([0, 1, 2, 3])(
    'after %i of its three steps leaves the old state or the new one',
    async (count) => {
      const directory = join(scratchFolder(), 'data');
      const before = await openStorage({ directory, reserveBytes: 4096 });
      await fill(before);
      await before.close();
      for (const step of steps.slice(0, count)) step(directory);
      const storage = await openStorage({ directory, reserveBytes: 4096 });
      onTestFinished(() => storage.close());
      if (count === 0) {
        old(storage);
        expect(await keysOf(storage)).toEqual(['/old']);
      } else {
        const finished = { type: 'snapshot-install-finished', checkpointZxid: SNAPSHOT_ZXID };
        replaced(storage, count < 3 ? [finished] : []);
        expect(await keysOf(storage)).toEqual(['/new']);
      }
      await goesOn(storage);
      await storage.close();
      const again = await openStorage({ directory, reserveBytes: 4096 });
      onTestFinished(() => again.close());
      expect(again.recovered).toMatchObject({ trusted: true, notes: [] });
      expect(again.recovered.entries).toHaveLength(count === 0 ? 8 : 1);
    },
  );

  test('leaves the same on the in-memory twin, whichever change it comes before', async () => {
    const snapshot: Uint8Array[] = [];
    const source = await openMemoryStorage(new MemoryDisk());
    await source.writeCheckpoint([[{ key: '/new', value: text('2') }]], SNAPSHOT_ZXID);
    for await (const chunk of (await source.readSnapshot()).chunks) snapshot.push(chunk);

    for (let crashBefore = 0; crashBefore <= 3; crashBefore++) {
      const waiting: (() => void)[] = [];
      let waits = false;
      const disk = new MemoryDisk({ schedule: (run) => (waits ? waiting.push(run) : queueMicrotask(run)) });
      const storage = await openMemoryStorage(disk);
      await fill(storage);
      waits = true;
      const install = storage.installSnapshot(SNAPSHOT_ZXID);
      for (const chunk of snapshot) await install.write(chunk);
      void install.commit();
      for (let done = 0; done < crashBefore; done++) {
        await settle();
        waiting.shift()?.();
      }
      await settle();
      disk.crash();
      waits = false;

      const after = await openMemoryStorage(disk);
      if (crashBefore === 0) old(after);
      else {
        const finished = { type: 'snapshot-install-finished', checkpointZxid: SNAPSHOT_ZXID };
        replaced(after, crashBefore < 3 ? [finished] : []);
      }
      await goesOn(after);
    }
  });
});

/** Lets every promise that can go on go on. */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
