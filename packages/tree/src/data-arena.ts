/**
 * The data of znodes, packed into chunks of 64 KiB. A typed array for each small value would cost most of the time of a
 * write and several times the value's memory.
 *
 * Memory is never written twice: a reader's view stays what it was when it was taken. A chunk of which less than
 * half is still in use is emptied into the current one and left to the garbage collector, so that chunks hold
 * at most about twice the bytes in use.
 */
export class DataArena {
  #current = new Chunk(CHUNK_BYTES);

  /** Replaces the value of `slot` with a copy of `data`. */
  store(slot: DataSlot, data: Uint8Array | null): void {
    const before = slot.chunk;
    const chargeBefore = charge(slot.dataLength);
    // Detached first, so that an evacuation in between does not move the old value.
    slot.chunk = undefined;
    this.#place(slot, data);
    if (before !== undefined) this.#discharge(before, chargeBefore);
  }

  release(slot: DataSlot): void {
    this.store(slot, null);
  }

  #place(slot: DataSlot, data: Uint8Array | null): void {
    if (data === null || data.length === 0) {
      slot.chunk = undefined;
      slot.dataOffset = 0;
      slot.dataLength = data === null ? -1 : 0;
      return;
    }
    const bytes = charge(data.length);
    const chunk = this.#chunkFor(bytes);
    chunk.bytes.set(data, chunk.used);
    slot.chunk = chunk;
    slot.dataOffset = chunk.used;
    slot.dataLength = data.length;
    chunk.used += bytes;
    chunk.live += bytes;
    chunk.slots.push(slot);
  }

  #chunkFor(bytes: number): Chunk {
    if (bytes > OWN_CHUNK_BYTES) return new Chunk(bytes);
    if (this.#current.used + bytes > CHUNK_BYTES) {
      const full = this.#current;
      this.#current = new Chunk(CHUNK_BYTES);
      if (isSparse(full)) this.#evacuate(full);
    }
    // There is room, because an evacuation fills less than half of the new chunk.
    return this.#current;
  }

  #discharge(chunk: Chunk, bytes: number): void {
    chunk.live -= bytes;
    if (chunk !== this.#current && !chunk.evacuated && isSparse(chunk)) this.#evacuate(chunk);
  }

  #evacuate(chunk: Chunk): void {
    chunk.evacuated = true;
    const slots = chunk.slots;
    chunk.slots = [];
    for (const slot of slots) {
      if (slot.chunk === chunk) this.#place(slot, dataOf(slot));
    }
  }
}

/** Where a value lies. */
export interface DataSlot {
  /** `undefined` for null and for no bytes at all. */
  chunk: Chunk | undefined;
  dataOffset: number;
  /** -1 for null. */
  dataLength: number;
}

/** Returns a view of the value. The view does not change when another value is stored. */
export function dataOf(slot: DataSlot): Uint8Array | null {
  const { chunk, dataOffset, dataLength } = slot;
  if (chunk !== undefined) return chunk.bytes.subarray(dataOffset, dataOffset + dataLength);
  return dataLength < 0 ? null : NO_BYTES;
}

class Chunk {
  readonly bytes: Uint8Array;
  /** `0 <= live <= used <= bytes.length` */
  used = 0;
  live = 0;
  evacuated = false;
  /** The slots that were given room here, in that order. Some may have moved to other chunks since. */
  slots: DataSlot[] = [];

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }
}

export type { Chunk };

const CHUNK_BYTES = 64 * 1024;
/** Larger values get a chunk to themselves, because packing them would save little memory and copy much. */
const OWN_CHUNK_BYTES = 8 * 1024;
/** Room is given in steps of this size, which bounds the number of slots a chunk remembers. */
const CHARGE_STEP = 16;
const NO_BYTES = new Uint8Array(0);

function charge(length: number): number {
  return length <= 0 ? 0 : (length + CHARGE_STEP - 1) & -CHARGE_STEP;
}

function isSparse(chunk: Chunk): boolean {
  return chunk.live * 2 < chunk.used;
}
