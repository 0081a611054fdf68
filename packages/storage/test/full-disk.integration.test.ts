import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeZxid } from '@conclave/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStorage, type StorageOptions } from '../src/index.ts';
import { append, entries, zxidsOf } from './entries.ts';
import { Owner } from './owner.ts';

const MIB = 1024 * 1024;
const DISK_BYTES = 24 * MIB;
const RESERVE_BYTES = 2 * MIB;

/** Whether this process may mount a disk of its own. */
const mayMount = ((): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'conclave-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
})();

/** A small disk in memory, gone when the test is over. */
function smallDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), 'conclave-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Takes all but `leave` bytes of the disk; returns how to give them back. */
function occupy(disk: string, leave: number): () => void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'ballast'), new Uint8Array(bavail * bsize - leave));
  return () => rmSync(join(disk, 'ballast'));
}

/** A storage that looks for room when the test says so. */
class Watched {
  #look: (() => void) | undefined;
  #waiting = Promise.withResolvers<void>();
  readonly options: StorageOptions;

  constructor(directory: string) {
    this.options = {
      directory,
      reserveBytes: RESERVE_BYTES,
      walBytesMax: MIB,
      schedule: (run) => {
        this.#look = run;
        this.#waiting.resolve();
        return () => {
          this.#look = undefined;
        };
      },
    };
  }

  /** Resolves when the storage waits to look for room. */
  waits(): Promise<void> {
    return this.#waiting.promise;
  }

  look(): void {
    const look = this.#look;
    this.#look = undefined;
    this.#waiting = Promise.withResolvers<void>();
    look?.();
  }

  async open(): Promise<Owner> {
    const storage = await openStorage(this.options);
    onTestFinished(() => storage.close());
    return new Owner(storage);
  }
}

describe.skipIf(!mayMount)('on a full disk the storage', () => {
  test('says so once, keeps what it acknowledged, and goes on when there is room', async () => {
    const disk = smallDisk();
    const directory = join(disk, 'data');
    const watched = new Watched(directory);
    const owner = await watched.open();
    const makeRoom = occupy(disk, 3 * MIB);
    let batches = 0;
    while (owner.failures.length === 0) {
      const sequence = owner.submit(append(1, batches * 10 + 1, batches * 10 + 10, 4_000));
      batches++;
      await owner.until(() => owner.isPersisted(sequence) || owner.failures.length > 0);
    }
    expect(owner.failures).toMatchObject([{ code: 'DISK_FULL', recoverable: true }]);
    expect(existsSync(join(directory, 'reserve'))).toBe(false);
    const acknowledged = (owner.persisted.at(-1) ?? 0) * 10;
    expect(acknowledged).toBeGreaterThan(0);

    // Still full: looking finds no room, and looks again later.
    watched.look();
    await watched.waits();
    expect(owner.rooms).toBe(0);
    expect(existsSync(join(directory, 'reserve'))).toBe(false);

    makeRoom();
    watched.look();
    await owner.until(() => owner.rooms > 0);
    expect(existsSync(join(directory, 'reserve'))).toBe(true);
    await owner.storage.close();
    const again = await watched.open();
    const { recovered } = again.storage;
    expect(recovered.entries.length).toBeGreaterThanOrEqual(acknowledged);
    expect(zxidsOf(recovered.entries)).toEqual(zxidsOf(entries(1, 1, recovered.entries.length)));
    expect(recovered.trusted).toBe(true);
    await again.persist(append(1, recovered.entries.length + 1, recovered.entries.length + 5));
    expect(owner.failures).toHaveLength(1);
  });

  test('leaves the checkpoint as it was and can write it later', async () => {
    const disk = smallDisk();
    const watched = new Watched(join(disk, 'data'));
    const { storage } = await watched.open();
    await storage.writeCheckpoint([[{ key: '/a', value: Uint8Array.of(1) }]], makeZxid(1, 0));
    const makeRoom = occupy(disk, MIB);
    const large = Array.from({ length: 40 }, (_, i) => [
      { key: `/${i}`, value: new Uint8Array(100_000).fill(i) },
    ]);
    await expect(storage.writeCheckpoint(large, makeZxid(1, 0))).rejects.toMatchObject({ code: 'DISK_FULL' });
    const keys: string[] = [];
    for await (const rows of storage.readCheckpoint()) for (const { key } of rows) keys.push(key);
    expect(keys).toEqual(['/a']);
    makeRoom();
    await storage.writeCheckpoint(large, makeZxid(1, 0));
    keys.length = 0;
    for await (const rows of storage.readCheckpoint()) for (const { key } of rows) keys.push(key);
    expect(keys).toHaveLength(41);
  });

  test('is not opened, and is when there is room', async () => {
    const disk = smallDisk();
    const makeRoom = occupy(disk, MIB);
    const watched = new Watched(join(disk, 'data'));
    await expect(openStorage(watched.options)).rejects.toMatchObject({ code: 'DISK_FULL' });
    makeRoom();
    await watched.open();
  });
});
