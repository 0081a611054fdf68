import { makeZxid, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { MemoryDisk, openMemoryStorage, type Recovered } from '@conclave/storage';
import { Tree } from '@conclave/tree';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { nodeClock } from '../environment/node-environment.ts';
import { openState, ReplicaStorage, type ReplicaStorageListener } from './replica-storage.ts';

/** A disk, and the events that its storage reports. */
class Kept implements ReplicaStorageListener {
  readonly disk = new MemoryDisk();
  opened = 0;
  readonly failed = Promise.withResolvers<void>();
  readonly reopened = Promise.withResolvers<Tree | undefined>();
  readonly persisted = Promise.withResolvers<number>();
  readonly fatal = Promise.withResolvers<unknown>();
  opening: Promise<void> = Promise.resolve();
  readonly #options = {
    clock: nodeClock,
    log: pino({ level: 'silent' }),
    tree: {},
    checkpoints: { checkpointTxns: 1_000, checkpointBytes: 1_000_000 },
    openStorage: async () => {
      this.opened++;
      await this.opening;
      return openMemoryStorage(this.disk);
    },
  };

  async open(): Promise<ReplicaStorage> {
    const { storage } = await openState(this.#options);
    return new ReplicaStorage(this.#options, storage, this);
  }

  onPersisted(sequence: number): void {
    this.persisted.resolve(sequence);
  }

  onFailed(): void {
    this.failed.resolve();
  }

  onReopened(_recovered: Recovered, checkpoint: Tree | undefined): void {
    this.reopened.resolve(checkpoint);
  }

  lastApplied(): Zxid {
    return ZXID_ZERO;
  }

  onFatal(error: unknown): void {
    this.fatal.resolve(error);
  }

  onCheckpointed(): void {}
  onSnapshotReceived(): void {}
  onSnapshotFailed(): void {}
  onSnapshotInstalled(): void {}
}

const batch = (sequence: number) => ({
  sequence,
  operations: [
    {
      type: 'append' as const,
      entries: [{ zxid: makeZxid(1, sequence), payload: new Uint8Array(8) }],
    },
  ],
});

test('a disk that was full is written to again when there is room', async () => {
  const kept = new Kept();
  const storage = await kept.open();
  kept.disk.fail('DISK_FULL');
  storage.persist(batch(1));
  await kept.failed.promise;
  expect(storage.failure?.code).toBe('DISK_FULL');
  kept.disk.heal();
  expect(await kept.reopened.promise).toBeUndefined();
  expect(storage.failure).toBeUndefined();
  storage.persist(batch(1));
  expect(await kept.persisted.promise).toBe(1);
  await storage.close();
});

test('a storage that is closed while it is being opened again leaves nothing open', async () => {
  const kept = new Kept();
  const storage = await kept.open();
  kept.disk.fail('IO_ERROR');
  storage.persist(batch(1));
  await kept.failed.promise;
  const opening = Promise.withResolvers<void>();
  kept.opening = opening.promise;
  kept.disk.heal();
  while (kept.opened < 2) await new Promise<void>((resolve) => nodeClock.endOfTurn(resolve));
  const closed = storage.close();
  opening.resolve();
  await closed;
  expect(kept.disk.inUse).toBe(false);
});

test('a storage that is closed after it was opened again and not trusted leaves nothing open', async () => {
  const kept = new Kept();
  const storage = await kept.open();
  storage.persist(batch(1));
  await kept.persisted.promise;
  await storage.current.writeCheckpoint([[{ key: '/a', value: new Uint8Array(3) }]], makeZxid(1, 1));
  kept.disk.damageRow('/a');
  kept.disk.fail('DISK_FULL');
  storage.persist(batch(2));
  await kept.failed.promise;
  kept.disk.heal();
  expect(await kept.fatal.promise).toMatchObject({ code: 'CORRUPT_CHECKPOINT' });
  await storage.close();
  expect(kept.disk.inUse).toBe(false);
});

test('a log that would have a gap ends the server instead of leaving it to wait for the disk', async () => {
  const kept = new Kept();
  const storage = await kept.open();
  storage.persist({
    sequence: 1,
    operations: [{ type: 'append', entries: [{ zxid: makeZxid(1, 5), payload: new Uint8Array(8) }] }],
  });
  expect(await kept.fatal.promise).toMatchObject({ code: 'OUT_OF_ORDER' });
  await storage.close();
});

test('a checkpoint that the tree cannot write in order ends the server', async () => {
  const kept = new Kept();
  const storage = await kept.open();
  const tree = new Tree();
  tree.beginCheckpoint();
  storage.checkpointer.count(2_000_000);
  storage.maybeCheckpoint(tree);
  expect(await kept.fatal.promise).toMatchObject({ code: 'INVARIANT_BROKEN' });
  await storage.close();
});
