import { join } from 'node:path';
import { epochOf, makeZxid, type Zxid } from '@conclave/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type CheckpointRow,
  MemoryDisk,
  openMemoryStorage,
  openStorage,
  type Storage,
} from '../src/index.ts';
import { endOfLog } from '../src/memory/memory-log.ts';
import type { PersistOperation } from '../src/storage.ts';
import { plain } from './entries.ts';
import { Owner } from './owner.ts';
import { scratchFolder } from './scratch.ts';

/** A step, in terms that fit any state: shares are of what there is at that moment. */
type Step =
  | { readonly type: 'batches'; readonly batches: readonly (readonly Change[])[] }
  | { readonly type: 'checkpoint'; readonly rows: readonly CheckpointRow[]; readonly share: number }
  | { readonly type: 'checkpoint-beyond'; readonly rows: readonly CheckpointRow[] }
  | { readonly type: 'purge'; readonly share: number }
  | { readonly type: 'install'; readonly rows: readonly CheckpointRow[]; readonly aborted: boolean }
  | { readonly type: 'reopen' };

type Change =
  | { readonly type: 'append'; readonly payloads: readonly Uint8Array[] }
  | { readonly type: 'new-epoch' }
  | { readonly type: 'truncate'; readonly share: number };

/** Opening the real storage starts threads, so there are few by default. */
const RUNS = Number(process.env.RUNS ?? 5);

const share = fc.double({ min: 0, max: 1, noNaN: true });

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('append'),
      payloads: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('new-epoch') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('truncate'), share }) },
);

const rows: fc.Arbitrary<CheckpointRow[]> = fc.array(
  fc.record({
    key: fc.constantFrom('/', '/a', '/a/b', '/b', '/é', '/\u{1f600}', '/zz'),
    value: fc.option(fc.uint8Array({ maxLength: 30 }), { nil: undefined }),
  }),
  { maxLength: 8 },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('batches'),
      batches: fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('checkpoint'), rows, share }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('checkpoint-beyond'), rows }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('purge'), share }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('install'), rows, aborted: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reopen') }) },
);

/** The real storage and its twin, doing the same. */
class Twins {
  readonly #directory: string;
  readonly #disk: MemoryDisk;
  #real: Owner;
  #twin: Owner;

  private constructor(directory: string, disk: MemoryDisk, real: Owner, twin: Owner) {
    this.#directory = directory;
    this.#disk = disk;
    this.#real = real;
    this.#twin = twin;
  }

  static async open(directory: string): Promise<Twins> {
    const disk = new MemoryDisk();
    const real = new Owner(await openStorage({ directory, reserveBytes: 4096 }));
    return new Twins(directory, disk, real, new Owner(await openMemoryStorage(disk)));
  }

  async take(step: Step): Promise<void> {
    const { content } = this.#disk;
    switch (step.type) {
      case 'batches':
        return this.#submit(step.batches);
      case 'checkpoint': {
        const zxid = between(content.checkpointZxid, this.#zxids(), step.share);
        return this.#both((storage) => storage.writeCheckpoint([step.rows], zxid));
      }
      case 'checkpoint-beyond': {
        const zxid = makeZxid(epochOf(endOfLog(content)) + 1, 5);
        return this.#both((storage) => storage.writeCheckpoint([step.rows], zxid));
      }
      case 'purge': {
        const zxids = this.#zxids().filter((zxid) => zxid <= content.checkpointZxid);
        const through = between(content.base, zxids, step.share);
        return this.#both((storage) => storage.purge(through));
      }
      case 'install':
        return this.#install(step.rows, step.aborted);
      case 'reopen':
        return this.#reopen();
    }
  }

  /** Both must look the same from outside. */
  async compare(): Promise<void> {
    const [real, twin] = [this.#real.storage, this.#twin.storage];
    expect(this.#real.failures).toEqual([]);
    expect(this.#twin.failures).toEqual([]);
    expect(real.checkpointZxid).toBe(twin.checkpointZxid);
    expect(await snapshotOf(real)).toEqual(await snapshotOf(twin));
    const { entries: realEntries, ...realRest } = real.recovered;
    const { entries: twinEntries, ...twinRest } = twin.recovered;
    expect(realRest).toEqual(twinRest);
    expect(plain(realEntries)).toEqual(plain(twinEntries));
  }

  async close(): Promise<void> {
    await Promise.all([this.#real.storage.close(), this.#twin.storage.close()]);
  }

  async #reopen(): Promise<void> {
    await this.close();
    this.#real = new Owner(await openStorage({ directory: this.#directory, reserveBytes: 4096 }));
    this.#twin = new Owner(await openMemoryStorage(this.#disk));
    await this.compare();
  }

  async #submit(batches: readonly (readonly Change[])[]): Promise<void> {
    let zxids = [this.#disk.content.base, ...this.#zxids()];
    let { acceptedEpoch } = this.#disk.content;
    for (const changes of batches) {
      const operations: PersistOperation[] = [];
      for (const change of changes) {
        const last = zxids.at(-1) as Zxid;
        if (change.type === 'append') {
          const entries = change.payloads.map((payload, i) => ({
            zxid: following(last, acceptedEpoch, i),
            payload,
          }));
          zxids.push(...entries.map(({ zxid }) => zxid));
          operations.push({ type: 'append', entries });
        } else if (change.type === 'new-epoch') {
          acceptedEpoch = Math.max(acceptedEpoch, epochOf(last)) + 1;
          operations.push({ type: 'epochs', acceptedEpoch, currentEpoch: acceptedEpoch });
        } else {
          const kept = zxids.filter((zxid) => zxid >= this.#disk.content.checkpointZxid);
          const after = between(kept[0] ?? last, kept, change.share);
          zxids = zxids.filter((zxid) => zxid <= after);
          operations.push({ type: 'truncate', after });
        }
      }
      this.#real.submit(...operations);
      this.#twin.submit(...operations);
    }
    await Promise.all([this.#real.persist(), this.#twin.persist()]);
  }

  async #install(rows: readonly CheckpointRow[], aborted: boolean): Promise<void> {
    const zxid = makeZxid(epochOf(endOfLog(this.#disk.content)) + 1, 3);
    const source = await openMemoryStorage(new MemoryDisk());
    await source.writeCheckpoint([rows], zxid);
    const chunks = await chunksOf(source);
    await this.#both(async (storage) => {
      const install = storage.installSnapshot(zxid);
      for (const chunk of chunks) await install.write(chunk);
      await (aborted ? install.abort() : install.commit());
    });
  }

  async #both(run: (storage: Storage) => Promise<void>): Promise<void> {
    await run(this.#real.storage);
    await run(this.#twin.storage);
  }

  #zxids(): Zxid[] {
    return this.#disk.content.batches.flat().map(({ zxid }) => zxid);
  }
}

function following(last: Zxid, epoch: number, index: number): Zxid {
  return epochOf(last) >= epoch ? ((last + 1 + index) as Zxid) : makeZxid(epoch, 1 + index);
}

/** One of `least` and the zxids from there on. */
function between(least: Zxid, zxids: readonly Zxid[], share: number): Zxid {
  const choices = [least, ...zxids.filter((zxid) => zxid > least)];
  return choices[Math.min(choices.length - 1, Math.floor(share * choices.length))] ?? least;
}

async function chunksOf(storage: Storage): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await storage.readSnapshot()).chunks) chunks.push(chunk);
  return chunks;
}

async function snapshotOf(storage: Storage): Promise<string[]> {
  return (await chunksOf(storage)).map((chunk) => Buffer.from(chunk).toString('hex'));
}

test(
  'the storage on SQLite and its in-memory twin cannot be distinguished',
  async () => {
    const directory = scratchFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const twins = await Twins.open(join(directory, `${run++}`));
        try {
          for (const one of [...steps, { type: 'reopen' } as const]) await twins.take(one);
        } finally {
          await twins.close();
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  },
  60_000 + RUNS * 4_000,
);
