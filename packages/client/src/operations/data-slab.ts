const SLAB_BYTES = 8 * 1024;
const COPY_BYTES_MAX = SLAB_BYTES / 2;

/**
 * Copies data that callers will keep out of the memory that it arrived in. Otherwise one small value would keep
 * everything in memory that arrived with it. Small values share slabs, because an `ArrayBuffer` of its own costs a
 * value of 100 bytes more than all the rest of its read.
 */
export class DataSlab {
  #slab = new Uint8Array(0);
  #used = 0;

  copy(data: Uint8Array): Uint8Array {
    const { length } = data;
    if (length > COPY_BYTES_MAX) return data.slice();
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const copy = this.#slab.subarray(this.#used, this.#used + length);
    copy.set(data);
    this.#used += length;
    return copy;
  }
}
