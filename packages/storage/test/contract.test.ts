import { makeZxid, ZXID_ZERO } from '@conclave/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type CheckpointRow,
  MemoryDisk,
  openMemoryStorage,
  openStorage,
  SNAPSHOT_CHUNK_BYTES_MAX,
  type Storage,
} from '../src/index.ts';
import { append, entries, plain, zxidsOf } from './entries.ts';
import { Owner } from './owner.ts';
import { scratchFolder } from './scratch.ts';

type Open = () => Promise<Storage>;

const storages: [string, () => Open][] = [
  ['SQLite', () => sqlite()],
  ['memory', () => memory()],
];

function sqlite(): Open {
  const directory = scratchFolder();
  return () => openStorage({ directory, reserveBytes: 4096 });
}

function memory(): Open {
  const disk = new MemoryDisk();
  return () => openMemoryStorage(disk);
}

/** Opens a storage that is closed, at the latest, when the test is over. */
async function owned(open: Open): Promise<Owner> {
  const storage = await open();
  onTestFinished(() => storage.close());
  return new Owner(storage);
}

async function reopened(owner: Owner, open: Open): Promise<Owner> {
  await owner.storage.close();
  return owned(open);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const row = (key: string, value: string): CheckpointRow => ({ key, value: text(value) });

async function rowsOf(storage: Storage): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const rows of storage.readCheckpoint()) {
    for (const { key, value } of rows) found[key] = new TextDecoder().decode(value);
  }
  return found;
}

async function chunksOf(storage: Storage): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for await (const chunk of (await storage.readSnapshot()).chunks) found.push(chunk);
  return found;
}

async function install(
  storage: Storage,
  zxid: Parameters<Storage['installSnapshot']>[0],
  chunks: Uint8Array[],
) {
  const install = storage.installSnapshot(zxid);
  for (const chunk of chunks) await install.write(chunk);
  await install.commit();
}

describe.each(storages)('the storage (%s)', (_name, make) => {
  test('is empty at first', async () => {
    const { storage } = await owned(make());
    expect(storage.recovered).toEqual({
      acceptedEpoch: 0,
      currentEpoch: 0,
      checkpointZxid: ZXID_ZERO,
      entries: [],
      trusted: true,
      notes: [],
    });
    expect(await rowsOf(storage)).toEqual({});
  });

  test('has after opening again what it said was persisted', async () => {
    const open = make();
    const owner = await owned(open);
    await owner.persist(append(1, 1, 3), { type: 'epochs', acceptedEpoch: 2, currentEpoch: 1 });
    await owner.persist({ type: 'truncate', after: makeZxid(1, 2) }, append(2, 1, 2));
    const { recovered } = (await reopened(owner, open)).storage;
    expect(plain(recovered.entries)).toEqual(plain([...entries(1, 1, 2), ...entries(2, 1, 2)]));
    expect(recovered).toMatchObject({ acceptedEpoch: 2, currentEpoch: 1, trusted: true, notes: [] });
  });

  test('persists in order and waits with closing for what was submitted', async () => {
    const open = make();
    const owner = await owned(open);
    for (let i = 0; i < 100; i++) owner.submit(append(1, i * 2 + 1, i * 2 + 2));
    await owner.until(() => owner.isPersisted(1));
    const { recovered } = (await reopened(owner, open)).storage;
    expect(zxidsOf(recovered.entries)).toEqual(zxidsOf(entries(1, 1, 200)));
    expect(owner.persisted).toEqual([...owner.persisted].sort((a, b) => a - b));
  });

  test('what is stored takes up bytes', async () => {
    const owner = await owned(make());
    await owner.persist(append(1, 1, 3));
    await owner.storage.writeCheckpoint([[row('/a', 'value')]], makeZxid(1, 3));
    expect((await owner.storage.usage()).bytes).toBeGreaterThan(0);
  });

  test('reports once for many batches that waited together', async () => {
    const owner = await owned(make());
    for (let i = 1; i <= 500; i++) owner.submit(append(1, i, i));
    await owner.until(() => owner.isPersisted(500));
    expect(owner.persisted.length).toBeLessThan(50);
    expect(owner.storage.pendingBytes).toBe(0);
  });

  test('copies payloads before submit returns', async () => {
    const open = make();
    const owner = await owned(open);
    const shared = new Uint8Array(64).fill(1);
    const payload = shared.subarray(8, 12);
    const done = owner.persist({ type: 'append', entries: [{ zxid: makeZxid(1, 1), payload }] });
    shared.fill(2);
    await done;
    expect(shared.byteLength).toBe(64);
    const { recovered } = (await reopened(owner, open)).storage;
    expect(plain(recovered.entries)[0]?.payload).toEqual([1, 1, 1, 1]);
  });

  test('persists empty batches and empty payloads', async () => {
    const open = make();
    const owner = await owned(open);
    await owner.persist();
    await owner.persist({ type: 'append', entries: [] });
    await owner.persist({ type: 'append', entries: [{ zxid: makeZxid(1, 1), payload: new Uint8Array() }] });
    const { recovered } = (await reopened(owner, open)).storage;
    expect(plain(recovered.entries)).toEqual([{ zxid: makeZxid(1, 1), payload: [] }]);
  });

  test.each([1, 2])('refuses batch %i after batch 2, and goes on', async (sequence) => {
    const owner = await owned(make());
    await owner.persist(append(1, 1, 1));
    await owner.persist(append(1, 2, 2));
    const operations = [append(1, 3, 3)];
    expect(() => owner.storage.submit({ sequence, operations })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_ORDER' }),
    );
    await owner.persist(append(1, 3, 3));
    expect(owner.storage.pendingBytes).toBe(0);
    expect(owner.failures).toEqual([]);
  });

  test.each([
    ['a gap', append(1, 5, 5)],
    ['an entry that is there', append(1, 3, 3)],
    ['an epoch that does not begin at 1', append(2, 2, 2)],
  ])('refuses %s, and everything after it', async (_case, operation) => {
    const open = make();
    const owner = await owned(open);
    await owner.persist(append(1, 1, 3));
    owner.submit(operation);
    await owner.until(() => owner.failures.length > 0);
    owner.submit(append(1, 4, 4));
    await expect(owner.storage.writeCheckpoint([], makeZxid(1, 3))).rejects.toMatchObject({
      code: 'OUT_OF_ORDER',
    });
    expect(owner.failures).toMatchObject([{ code: 'OUT_OF_ORDER', recoverable: false }]);
    expect(owner.persisted.at(-1)).toBe(1);
    const { recovered } = (await reopened(owner, open)).storage;
    expect(zxidsOf(recovered.entries)).toEqual(zxidsOf(entries(1, 1, 3)));
  });

  test('is open once', async () => {
    const open = make();
    const owner = await owned(open);
    await expect(open()).rejects.toMatchObject({ code: 'DIRECTORY_LOCKED' });
    await owner.persist(append(1, 1, 1));
    await reopened(owner, open);
  });

  test('refuses everything once it is closed', async () => {
    const { storage } = await owned(make());
    await Promise.all([storage.close(), storage.close()]);
    expect(() => storage.submit({ sequence: 1, operations: [] })).toThrow(
      expect.objectContaining({ code: 'CLOSED' }),
    );
    expect(() => storage.installSnapshot(makeZxid(1, 1))).toThrow(
      expect.objectContaining({ code: 'CLOSED' }),
    );
    await expect(storage.writeCheckpoint([], ZXID_ZERO)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(storage.purge(ZXID_ZERO)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(storage.readSnapshot()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(rowsOf(storage)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  describe('with a checkpoint', () => {
    test('keeps what changed, at its zxid', async () => {
      const open = make();
      const owner = await owned(open);
      await owner.persist(append(1, 1, 5));
      await owner.storage.writeCheckpoint(
        [[row('/a', '1'), row('/b', '2')], [row('/c', '3')]],
        makeZxid(1, 3),
      );
      const changes = [
        [row('/b', 'two'), { key: '/a', value: undefined }, { key: '/none', value: undefined }],
      ];
      await owner.storage.writeCheckpoint(changes, makeZxid(1, 5));
      expect(owner.storage.checkpointZxid).toBe(makeZxid(1, 5));
      const { storage } = await reopened(owner, open);
      expect(storage.recovered.checkpointZxid).toBe(makeZxid(1, 5));
      expect(storage.recovered.entries).toHaveLength(5);
      expect(await rowsOf(storage)).toEqual({ '/b': 'two', '/c': '3' });
    });

    test('reads rows in the order of their bytes, in blocks', async () => {
      const owner = await owned(make());
      const keys = ['/a', '/a/b', '/a-b', '/ä', '/z', '/\u{ffff}', '/\u{1f600}', '', '/a\u0000b'];
      const large = new Uint8Array(300_000).fill(5);
      await owner.storage.writeCheckpoint([keys.map((key) => ({ key, value: large }))], ZXID_ZERO);
      const found: string[] = [];
      for await (const rows of owner.storage.readCheckpoint()) {
        expect(rows).toHaveLength(1);
        for (const { key, value } of rows) {
          found.push(key);
          expect(Buffer.compare(value ?? text(''), large)).toBe(0);
        }
      }
      expect(found).toEqual([...keys].sort((a, b) => Buffer.compare(text(a), text(b))));
    });

    test('leaves it as it was when the rows end in an error', async () => {
      const open = make();
      const owner = await owned(open);
      await owner.storage.writeCheckpoint([[row('/a', '1')]], ZXID_ZERO);
      async function* failing() {
        yield [row('/a', '2'), row('/b', '2')];
        throw new Error('no more rows');
      }
      await expect(owner.storage.writeCheckpoint(failing(), ZXID_ZERO)).rejects.toThrow('no more rows');
      expect(await rowsOf(owner.storage)).toEqual({ '/a': '1' });
      await owner.storage.writeCheckpoint([[row('/c', '3')]], ZXID_ZERO);
      expect(await rowsOf((await reopened(owner, open)).storage)).toEqual({ '/a': '1', '/c': '3' });
    });

    test('does not go back, and is not truncated or purged beyond', async () => {
      const owner = await owned(make());
      await owner.persist(append(1, 1, 5));
      await owner.storage.writeCheckpoint([], makeZxid(1, 4));
      const outOfOrder = { code: 'OUT_OF_ORDER' };
      await expect(owner.storage.writeCheckpoint([], makeZxid(1, 3))).rejects.toMatchObject(outOfOrder);
      await expect(owner.storage.purge(makeZxid(1, 5))).rejects.toMatchObject(outOfOrder);
      expect(() => owner.submit({ type: 'truncate', after: makeZxid(1, 3) })).toThrow(
        expect.objectContaining(outOfOrder),
      );
      expect(owner.failures).toEqual([]);
    });

    test('refuses keys that are not Unicode and rows that are too large', async () => {
      const owner = await owned(make());
      const bad = [
        { key: '/\ud800', value: text('') },
        { key: '/large', value: new Uint8Array(17 * 1024 * 1024) },
      ];
      for (const one of bad) {
        await expect(owner.storage.writeCheckpoint([[one]], ZXID_ZERO)).rejects.toMatchObject({
          code: 'BAD_ROW',
        });
      }
      expect(await rowsOf(owner.storage)).toEqual({});
    });

    test('makes what was submitted durable first', async () => {
      const owner = await owned(make());
      const sequence = owner.submit(append(1, 1, 50, 10_000));
      await owner.storage.writeCheckpoint([], makeZxid(1, 50));
      expect(owner.isPersisted(sequence)).toBe(true);
    });

    test('beyond the end of the log replaces the log', async () => {
      const open = make();
      const owner = await owned(open);
      await owner.persist(append(1, 1, 5));
      const writing = owner.storage.writeCheckpoint([[row('/a', '1')]], makeZxid(2, 9));
      await writing;
      await owner.persist(append(2, 10, 12));
      const { recovered } = (await reopened(owner, open)).storage;
      expect(zxidsOf(recovered.entries)).toEqual(zxidsOf(entries(2, 10, 12)));
      expect(recovered).toMatchObject({ checkpointZxid: makeZxid(2, 9), trusted: true, notes: [] });
    });

    test('lets the log be purged, a batch at a time', async () => {
      const open = make();
      const owner = await owned(open);
      for (let i = 0; i < 300; i++) await owner.persist(append(1, i * 2 + 1, i * 2 + 2));
      await owner.storage.writeCheckpoint([], makeZxid(1, 501));
      await Promise.all([owner.storage.purge(makeZxid(1, 101)), owner.storage.purge(makeZxid(1, 501))]);
      await owner.persist(append(1, 601, 601));
      const { recovered } = (await reopened(owner, open)).storage;
      expect(zxidsOf(recovered.entries)).toEqual(zxidsOf(entries(1, 501, 601)));
    });
  });

  describe('with a snapshot', () => {
    const large = 'x'.repeat(3 * SNAPSHOT_CHUNK_BYTES_MAX);

    test('gives another storage its checkpoint', async () => {
      const source = await owned(make());
      await source.persist(append(1, 1, 5));
      await source.storage.writeCheckpoint([[row('/a', '1'), row('/large', large)]], makeZxid(1, 5));
      const chunks = await chunksOf(source.storage);
      expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(SNAPSHOT_CHUNK_BYTES_MAX);

      const open = make();
      const owner = await owned(open);
      await owner.persist(append(1, 1, 3), append(2, 1, 1));
      await owner.storage.writeCheckpoint([[row('/gone', 'x'), row('/a', 'old')]], makeZxid(1, 2));
      await install(owner.storage, makeZxid(1, 5), chunks);
      expect(owner.storage.checkpointZxid).toBe(makeZxid(1, 5));
      expect(await rowsOf(owner.storage)).toEqual({ '/a': '1', '/large': large });
      await owner.persist(append(1, 6, 6));
      const { storage } = await reopened(owner, open);
      expect(await rowsOf(storage)).toEqual({ '/a': '1', '/large': large });
      expect(zxidsOf(storage.recovered.entries)).toEqual([makeZxid(1, 6)]);
      expect(storage.recovered).toMatchObject({ checkpointZxid: makeZxid(1, 5), trusted: true, notes: [] });
    });

    test('shows one moment while checkpoints are written', async () => {
      const owner = await owned(make());
      await owner.persist(append(1, 1, 9));
      const written = Array.from({ length: 2_000 }, (_, i) => row(`/${i}`, 'x'.repeat(1_000)));
      await owner.storage.writeCheckpoint([written], makeZxid(1, 1));
      const snapshot = await owner.storage.readSnapshot();
      const chunks: Uint8Array[] = [];
      for await (const chunk of snapshot.chunks) {
        const zxid = makeZxid(1, Math.min(9, 2 + chunks.length));
        await owner.storage.writeCheckpoint([[row(`/${chunks.length}`, 'new'), row('/1999', 'new')]], zxid);
        chunks.push(chunk);
      }
      expect(snapshot.zxid).toBe(makeZxid(1, 1));
      const target = await owned(make());
      await install(target.storage, snapshot.zxid, chunks);
      expect(await rowsOf(target.storage)).toEqual(
        Object.fromEntries(written.map(({ key, value }) => [key, new TextDecoder().decode(value)])),
      );
    });

    test('of an empty checkpoint installs an empty one', async () => {
      const source = await owned(make());
      const owner = await owned(make());
      await owner.storage.writeCheckpoint([[row('/a', '1')]], ZXID_ZERO);
      await install(owner.storage, ZXID_ZERO, await chunksOf(source.storage));
      expect(await rowsOf(owner.storage)).toEqual({});
    });

    test('that is damaged or incomplete changes nothing', async () => {
      const source = await owned(make());
      await source.storage.writeCheckpoint([[row('/a', '1'), row('/large', large)]], ZXID_ZERO);
      const chunks = await chunksOf(source.storage);
      const owner = await owned(make());
      await owner.persist(append(1, 1, 3));
      await owner.storage.writeCheckpoint([[row('/mine', '1')]], makeZxid(1, 1));

      const incomplete = owner.storage.installSnapshot(ZXID_ZERO);
      for (const chunk of chunks.slice(0, -1)) await incomplete.write(chunk);
      await expect(incomplete.commit()).rejects.toMatchObject({ code: 'CORRUPT_SNAPSHOT' });

      const damaged = owner.storage.installSnapshot(ZXID_ZERO);
      await damaged.write(chunks[0] ?? text(''));
      const harmed = Uint8Array.from(chunks[1] ?? []);
      harmed[20] = (harmed[20] ?? 0) ^ 1;
      await expect(damaged.write(harmed)).rejects.toMatchObject({ code: 'CORRUPT_SNAPSHOT' });
      await expect(damaged.commit()).rejects.toMatchObject({ code: 'CLOSED' });
      await damaged.abort();

      expect(await rowsOf(owner.storage)).toEqual({ '/mine': '1' });
      await owner.persist(append(1, 4, 4));
      expect(owner.failures).toEqual([]);
    });

    test('is installed one at a time, and an aborted one makes room', async () => {
      const owner = await owned(make());
      const first = owner.storage.installSnapshot(makeZxid(1, 1));
      expect(() => owner.storage.installSnapshot(makeZxid(1, 1))).toThrow(
        expect.objectContaining({ code: 'BUSY' }),
      );
      await first.abort();
      await first.abort();
      await expect(first.write(text('x'))).rejects.toMatchObject({ code: 'CLOSED' });
      await owner.storage.writeCheckpoint([[row('/a', '1')]], ZXID_ZERO);
      await owner.storage.installSnapshot(makeZxid(1, 1)).abort();
      expect(await rowsOf(owner.storage)).toEqual({ '/a': '1' });
    });

    test('keeps batches that are submitted while it is committed', async () => {
      const source = await owned(make());
      await source.persist(append(3, 1, 9));
      await source.storage.writeCheckpoint([[row('/a', '1')]], makeZxid(3, 9));
      const open = make();
      const owner = await owned(open);
      await owner.persist(append(1, 1, 3));
      const install = owner.storage.installSnapshot(makeZxid(3, 9));
      for (const chunk of await chunksOf(source.storage)) await install.write(chunk);
      const committing = install.commit();
      owner.submit(append(3, 10, 11), { type: 'epochs', acceptedEpoch: 3, currentEpoch: 3 });
      const last = owner.submit(append(3, 12, 12));
      await committing;
      await owner.until(() => owner.isPersisted(last));
      const { recovered } = (await reopened(owner, open)).storage;
      expect(zxidsOf(recovered.entries)).toEqual(zxidsOf(entries(3, 10, 12)));
      expect(recovered.currentEpoch).toBe(3);
    });

    test('is installed, with the batches behind it, before the storage is closed', async () => {
      const source = await owned(make());
      await source.persist(append(3, 1, 9));
      await source.storage.writeCheckpoint([[row('/a', '1')]], makeZxid(3, 9));
      const open = make();
      const owner = await owned(open);
      await owner.persist(append(1, 1, 3));
      const install = owner.storage.installSnapshot(makeZxid(3, 9));
      for (const chunk of await chunksOf(source.storage)) await install.write(chunk);
      const committing = install.commit();
      owner.submit(append(3, 10, 11));
      const { recovered } = (await reopened(owner, open)).storage;
      await committing;
      expect(zxidsOf(recovered.entries)).toEqual(zxidsOf(entries(3, 10, 11)));
      expect(recovered).toMatchObject({ checkpointZxid: makeZxid(3, 9), notes: [] });
    });

    test('is let go by leaving the loop and by a signal', async () => {
      const { storage } = await owned(make());
      await storage.writeCheckpoint([[row('/large', large)]], ZXID_ZERO);
      for (let i = 0; i < 40; i++) {
        for await (const chunk of (await storage.readSnapshot()).chunks) {
          expect(chunk.length).toBe(SNAPSHOT_CHUNK_BYTES_MAX);
          break;
        }
      }
      for (let i = 0; i < 40; i++) {
        const abort = new AbortController();
        const { chunks } = await storage.readSnapshot({ signal: abort.signal });
        abort.abort(new Error('the link broke'));
        const reading = (async () => {
          for await (const chunk of chunks) expect(chunk).toBeUndefined();
        })();
        await expect(reading).rejects.toThrow('the link broke');
      }
      await expect(
        storage.readSnapshot({ signal: AbortSignal.abort(new Error('too late')) }),
      ).rejects.toThrow();
      expect((await chunksOf(storage)).length).toBeGreaterThan(3);
    });

    test('is closed with the storage in the middle of an install', async () => {
      const source = await owned(make());
      await source.storage.writeCheckpoint([[row('/large', large)]], ZXID_ZERO);
      const chunks = await chunksOf(source.storage);
      const open = make();
      const owner = await owned(open);
      await owner.storage.writeCheckpoint([[row('/a', '1')]], ZXID_ZERO);
      await owner.storage.installSnapshot(ZXID_ZERO).write(chunks[0] ?? text(''));
      expect(await rowsOf((await reopened(owner, open)).storage)).toEqual({ '/a': '1' });
    });
  });
});
