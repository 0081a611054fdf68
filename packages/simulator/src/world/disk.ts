import { ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { MemoryDisk, openMemoryStorage, type Storage } from '@conclave/storage';
import type { Random } from '@conclave/testkit';
import type { SimProcess } from './sim-process.ts';

export interface DiskOptions {
  /** The time of a write on a healthy disk: at least this, and mostly less than twice as much. */
  readonly writeMs: number;
}

/** A server's disk, with its write times and its faults. It outlives the processes that use it. */
export class Disk {
  readonly #random: Random;
  /** Draws the sector at which a torn write ends. */
  readonly #tornAt: Random;
  readonly #options: DiskOptions;
  #memory: MemoryDisk;
  #process: SimProcess | undefined;
  #lastDoneMs = 0;
  #extraMs = 0;
  truncations = 0;
  snapshots = 0;
  /** The last transaction that the disk had when it last lost something. */
  #heldUntil = ZXID_ZERO;

  constructor(random: Random, options: DiskOptions) {
    this.#random = random;
    this.#tornAt = random.fork('torn');
    this.#options = options;
    this.#memory = this.#blank();
  }

  get memory(): MemoryDisk {
    return this.#memory;
  }

  /** Whether a server with this disk has taken part in an ensemble before. */
  get isUsed(): boolean {
    return this.#memory.content.acceptedEpoch > 0;
  }

  /** Returns whether the transaction is durable here, or was durable before the disk lost its contents. */
  holds(zxid: Zxid): boolean {
    return zxid <= this.#heldUntil || zxid <= this.#end;
  }

  /** Opens the storage for the life of one process. */
  async open(process: SimProcess): Promise<Storage> {
    this.#process = process;
    const storage = await openMemoryStorage(this.#memory);
    this.#watch(storage);
    return storage;
  }

  /**
   * Handles the death of the process or a loss of power. Writes that were under way may be on the disk, although the
   * storage has not reported them as durable.
   */
  crash(death: 'program' | 'machine'): void {
    const random = this.#random;
    const keepUnderWay = random.chance(0.4) ? random.between(1, 3) : random.chance(0.5);
    const isTorn = random.chance(0.3);
    const torn = isTorn ? this.#tornAt.next() : 0;
    if (death === 'program') {
      this.#memory.crash({ keepUnderWay, torn });
      return;
    }
    const share = (): number => random.pick([0, random.next(), 1]);
    const end = this.#end;
    this.#memory.crash({ keepUnderWay, torn, power: { log: share(), checkpoint: share() } });
    if (this.#end < end) this.#heldUntil = end;
  }

  /** Makes every write take this much longer. */
  slowDown(extraMs: number): void {
    this.#extraMs = extraMs;
  }

  /** Puts a new, empty disk in its place. */
  replace(): void {
    this.#noteLoss();
    this.#memory = this.#blank();
  }

  /**
   * Removes the newest `entries` of the log, although they were reported as durable. May be called only while no
   * process uses the disk.
   */
  loseTail(entries: number): void {
    this.#noteLoss();
    const logged = this.#memory.content.batches.flat();
    if (logged.length === 0) return;
    const { base } = this.#memory.content;
    this.#memory.loseAfter(logged[logged.length - 1 - entries]?.zxid ?? base);
  }

  /** Damages an entry of the log or a row of the checkpoint; `place` says which one, from 0 to 1. */
  rot(what: 'entry' | 'row', place: number): void {
    this.#noteLoss();
    const { batches, rows } = this.#memory.content;
    if (what === 'entry') {
      const logged = batches.flat();
      const entry = logged[Math.floor(place * logged.length)];
      if (entry !== undefined) this.#memory.damageEntry(entry.zxid);
      return;
    }
    const key = [...rows.keys()][Math.floor(place * rows.size)];
    if (key !== undefined) this.#memory.damageRow(key);
  }

  /** The last transaction in the log or the checkpoint. */
  get #end(): Zxid {
    const { batches, base, checkpointZxid } = this.#memory.content;
    const last = batches.at(-1)?.at(-1)?.zxid ?? base;
    return Math.max(last, checkpointZxid) as Zxid;
  }

  /** Counts the truncations and snapshots that synchronisation with a leader causes. */
  #watch(storage: Storage): void {
    const submit = storage.submit.bind(storage);
    storage.submit = (batch) => {
      if (batch.operations.some(({ type }) => type === 'truncate')) this.truncations++;
      submit(batch);
    };
    const install = storage.installSnapshot.bind(storage);
    storage.installSnapshot = (zxid) => {
      this.snapshots++;
      return install(zxid);
    };
  }

  #noteLoss(): void {
    if (this.#end > this.#heldUntil) this.#heldUntil = this.#end;
  }

  #blank(): MemoryDisk {
    return new MemoryDisk({ schedule: (run) => this.#schedule(run) });
  }

  /** Runs writes in order: each begins when the one before it is done. */
  #schedule(run: () => void): void {
    const process = this.#process;
    if (process === undefined || !process.mayAct()) return;
    const { writeMs } = this.#options;
    const nowMs = process.monotonicMs();
    const tookMs = writeMs + this.#random.exponential(writeMs) + this.#extraMs;
    this.#lastDoneMs = Math.max(this.#lastDoneMs, nowMs) + tookMs;
    process.after(this.#lastDoneMs - nowMs, run);
  }
}
