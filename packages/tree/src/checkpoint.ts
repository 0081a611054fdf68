import { InvariantError, invariant } from '@conclave/protocol';

/** A row of the checkpoint file. A row without a value deletes the one that the file has under its key. */
export interface CheckpointRow {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** Part of the state that has a row of its own in the checkpoint. */
export abstract class Row {
  /** The generation in which it last changed; 0 if the file has its current value. */
  changedIn = 0;
  /** Its place in the list of that generation's changed rows. */
  slot = 0;
  /** The generation that created it; 0 if the file may hold an older row under its key. */
  bornIn = 0;

  abstract rowKey(): string;
}

/**
 * The rows that must be written so that the checkpoint file catches up. They are handed out in slices while
 * transactions go on.
 *
 * The time between two checkpoints is a generation. `begin` freezes the rows that changed in the generation that
 * ends. If a frozen row is about to change before it was handed out, it is encoded first with its old value. So the
 * slices together are the state at one zxid, although they are taken one by one and nothing ever stops.
 */
export class Checkpoint {
  readonly #encode: (row: Row) => CheckpointRow;
  #generation = 1;
  #changed: Row[] = [];
  /** Keys of removed rows that the file may still hold. No existing row has its key here. */
  #graves = new Set<string>();

  #frozen: Row[] = [];
  #frozenNext = 0;
  #frozenGraves = new Set<string>();
  #gravesLeft: Iterator<string> | undefined;
  /** Encoded already: the meta row, and frozen rows that changed before their turn. */
  #early: CheckpointRow[] = [];
  #earlyNext = 0;

  constructor(encode: (row: Row) => CheckpointRow) {
    this.#encode = encode;
  }

  /** Must be called when `row` has been created. */
  born(row: Row): void {
    const hadGrave = this.#graves.size > 0 && this.#graves.delete(row.rowKey());
    // If the checkpoint under way fails, its graves come back, because the file then still holds the key.
    const hasRow = hadGrave || (this.#frozenGraves.size > 0 && this.#frozenGraves.has(row.rowKey()));
    row.bornIn = hasRow ? 0 : this.#generation;
    this.#addChanged(row);
  }

  /** Must be called before `row` changes. */
  willChange(row: Row): void {
    if (row.changedIn === this.#generation) return;
    if (this.#isPending(row)) this.#early.push(this.#encode(row));
    this.#addChanged(row);
  }

  /** Must be called before `row` is removed, while it still has its last value. */
  willDie(row: Row): void {
    this.willChange(row);
    const last = this.#changed.pop();
    if (last !== undefined && last !== row) {
      this.#changed[row.slot] = last;
      last.slot = row.slot;
    }
    if (row.bornIn !== this.#generation) this.#graves.add(row.rowKey());
  }

  /**
   * Freezes the rows that have changed. The rows of the last checkpoint count as durable: a caller that could not
   * write them has called `abandon`.
   */
  begin(meta: CheckpointRow): void {
    invariant(this.isDone(), 'a checkpoint began while the last one was still being taken');
    this.#frozen = this.#changed;
    this.#frozenNext = 0;
    this.#frozenGraves = this.#graves;
    this.#gravesLeft = this.#graves.values();
    this.#early = [meta];
    this.#earlyNext = 0;
    this.#changed = [];
    this.#graves = new Set();
    this.#generation++;
  }

  /** Returns the next rows: at most `rowsMax`, and none after the row that takes them to `bytesMax` bytes. */
  take(rowsMax: number, bytesMax: number): CheckpointRow[] {
    const rows: CheckpointRow[] = [];
    let bytes = 0;
    while (rows.length < rowsMax && bytes < bytesMax) {
      const row = this.#next();
      if (row === undefined) break;
      rows.push(row);
      bytes += row.key.length + (row.value?.length ?? 0);
    }
    return rows;
  }

  isDone(): boolean {
    return (
      this.#earlyNext === this.#early.length &&
      this.#gravesLeft === undefined &&
      this.#frozenNext === this.#frozen.length
    );
  }

  /** Must be called if the rows did not all become durable. They come again with the next checkpoint. */
  abandon(): void {
    const frozenGeneration = this.#generation - 1;
    for (const row of this.#frozen) if (row.changedIn === frozenGeneration) this.#addChanged(row);
    for (const row of this.#changed) this.#frozenGraves.delete(row.rowKey());
    for (const key of this.#frozenGraves) this.#graves.add(key);
    this.#forgetFrozen();
  }

  /** Must be called when the state was loaded from the file: no row has changed since. */
  loaded(): void {
    this.#generation++;
    this.#changed = [];
    this.#graves = new Set();
    this.#forgetFrozen();
  }

  #forgetFrozen(): void {
    this.#frozen = [];
    this.#frozenNext = 0;
    this.#frozenGraves = new Set();
    this.#gravesLeft = undefined;
    this.#early = [];
    this.#earlyNext = 0;
  }

  #addChanged(row: Row): void {
    row.changedIn = this.#generation;
    row.slot = this.#changed.length;
    this.#changed.push(row);
  }

  /** Frozen, not handed out yet, and not changed since. */
  #isPending(row: Row): boolean {
    return (
      row.changedIn === this.#generation - 1 &&
      row.slot >= this.#frozenNext &&
      this.#frozenNext < this.#frozen.length
    );
  }

  #next(): CheckpointRow | undefined {
    const early = this.#early[this.#earlyNext];
    if (early !== undefined) {
      this.#earlyNext++;
      if (this.#earlyNext === this.#early.length) {
        this.#early = [];
        this.#earlyNext = 0;
      }
      return early;
    }
    if (this.#gravesLeft !== undefined) {
      const grave = this.#gravesLeft.next();
      if (!grave.done) return { key: grave.value, value: undefined };
      this.#gravesLeft = undefined;
    }
    while (this.#frozenNext < this.#frozen.length) {
      const slot = this.#frozenNext++;
      const row = this.#frozen[slot];
      if (row?.changedIn !== this.#generation - 1) continue;
      if (row.slot !== slot) throw new InvariantError(`row ${row.rowKey()} is listed twice in a checkpoint`);
      return this.#encode(row);
    }
    return undefined;
  }
}
