import { ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { MemoryDisk, openMemoryStorage, type Storage } from '@conclave/storage';
import type { Random } from '@conclave/testkit';
import type { SimProcess } from './sim-process.ts';

export interface DiskOptions {
  /** What a write takes in good times: this at least, and mostly less than twice as much. */
  readonly writeMs: number;
}

/** A server's disk, with the time that it takes and its faults. It outlives the processes that use it. */
export class Disk {
  readonly #random: Random;
  /** At which sector. */
  readonly #tornAt: Random;
  readonly #options: DiskOptions;
  #memory: MemoryDisk;
  #process: SimProcess | undefined;
  #lastDoneMs = 0;
  #extraMs = 0;
  truncations = 0;
  snapshots = 0;
  /** Up to here it had everything when it last lost something. */
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

  /** A server on it has taken part in an ensemble before. */
  get isUsed(): boolean {
    return this.#memory.content.acceptedEpoch > 0;
  }

  /** Whether the transaction is durable here, or was before the disk lost what it had. */
  holds(zxid: Zxid): boolean {
    return zxid <= this.#heldUntil || zxid <= this.#end;
  }

  /** For a process's life: opens the storage. */
  async open(process: SimProcess): Promise<Storage> {
    this.#process = process;
    const storage = await openMemoryStorage(this.#memory);
    this.#watch(storage);
    return storage;
  }

  /** The process died, or the machine lost power. What was being written may be on the disk although nobody was told. */
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

  /** Every write takes so much longer. */
  slowDown(extraMs: number): void {
    this.#extraMs = extraMs;
  }

  /** A new disk in its place. */
  replace(): void {
    this.#noteLoss();
    this.#memory = this.#blank();
  }

  /** The newest `entries` of the log are gone, although they were said to be durable. Only while nobody uses it. */
  loseTail(entries: number): void {
    this.#noteLoss();
    const logged = this.#memory.content.batches.flat();
    if (logged.length === 0) return;
    const { base } = this.#memory.content;
    this.#memory.loseAfter(logged[logged.length - 1 - entries]?.zxid ?? base);
  }

  /** Something in the log or the checkpoint is not what was written; `place` says where, from 0 to 1. */
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

  /** The last transaction that the log or the checkpoint has. */
  get #end(): Zxid {
    const { batches, base, checkpointZxid } = this.#memory.content;
    const last = batches.at(-1)?.at(-1)?.zxid ?? base;
    return Math.max(last, checkpointZxid) as Zxid;
  }

  /** Counts what synchronisation with a leader does to it. */
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

  /** In order, each after the one before. */
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
