import { ProtocolError } from './protocol-error.ts';
import { decodeText, encodedBytesMax, encodeText } from './text.ts';

const TWO_32 = 2 ** 32;
/** The memory that a writer keeps from one `take` to the next. It is small, because there may be a writer for each connection. */
const KEPT_BYTES_MAX = 64 * 1024;
const EMPTY = new Uint8Array(0);
const scratch = new DataView(new ArrayBuffer(8));

/**
 * Writes jute primitives (big-endian; strings and buffers behind a 32-bit length, -1 for null) into one
 * growing array. `take` hands out a copy of what was written, `view` the memory itself.
 */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;
  readonly #capacity: number;
  /**
   * The writer takes no more memory for what would be longer than this: it then throws `ProtocolError`
   * `FRAME_TOO_LARGE`. It still writes what fits into the memory it has.
   */
  lengthMax = Number.POSITIVE_INFINITY;

  constructor(capacity = 256) {
    this.#capacity = capacity;
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written since the last `take` or `reset`. */
  get length(): number {
    return this.#length;
  }

  /** A 32-bit integer. Writes only the low 32 bits of a larger one. */
  int(value: number): void {
    const at = this.#advance(4);
    this.#view.setInt32(at, value);
  }

  /** One byte, 1 or 0. */
  boolean(value: boolean): void {
    const at = this.#advance(1);
    this.#bytes[at] = value ? 1 : 0;
  }

  /** A 64-bit integer. Throws `RangeError` for a `number` that is not a safe integer. */
  long(value: number | bigint): void {
    const at = this.#advance(8);
    const view = this.#view;
    if (typeof value === 'bigint') {
      view.setBigInt64(at, value);
      return;
    }
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer`);
    view.setInt32(at, Math.floor(value / TWO_32));
    view.setInt32(at + 4, value);
  }

  /** A 32-bit length and then the bytes; for null the length -1 alone. */
  buffer(value: Uint8Array | null): void {
    if (value === null) {
      this.int(-1);
      return;
    }
    const at = this.#advance(4 + value.length);
    this.#view.setInt32(at, value.length);
    this.#bytes.set(value, at + 4);
  }

  /** Bytes as they are, without a length before them. */
  raw(value: Uint8Array): void {
    const at = this.#advance(value.length);
    this.#bytes.set(value, at);
  }

  /** Half a surrogate pair is written as U+FFFD. */
  string(value: string): void {
    const at = this.#advance(4 + encodedBytesMax(value.length), 4 + value.length);
    const written = encodeText(value, this.#bytes, at + 4);
    this.#view.setInt32(at, written);
    this.#length = at + 4 + written;
  }

  /** A 32-bit count and then each item as `writeItem` writes it. */
  vector<T>(items: readonly T[], writeItem: (writer: ByteWriter, item: T) => void): void {
    this.int(items.length);
    for (const item of items) writeItem(this, item);
  }

  /** Leaves room for a 32-bit integer that `setInt` fills in later, and returns where. */
  reserveInt(): number {
    return this.#advance(4);
  }

  /** Fills in the integer for which `reserveInt` left room. */
  setInt(at: number, value: number): void {
    this.#view.setInt32(at, value);
  }

  /** The bytes written so far, as a view that is valid until the next write, `take` or `reset`. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of exactly what was written, in memory of its own; the writer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > Math.max(KEPT_BYTES_MAX, this.#capacity)) this.#resize(this.#capacity);
    return taken;
  }

  /** Forgets what was written. The memory is kept for what comes next. */
  reset(): void {
    this.#length = 0;
  }

  /** Takes back everything from `length` on. */
  truncate(length: number): void {
    if (length < this.#length) this.#length = length;
  }

  /** Makes room for `count` bytes, of which `countMin` are sure to be written. */
  #advance(count: number, countMin: number = count): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      if (at + countMin > this.lengthMax) {
        throw new ProtocolError('FRAME_TOO_LARGE', `more than ${this.lengthMax} bytes to write`);
      }
      this.#resize(Math.max(needed, this.#bytes.length * 2));
    }
    this.#length = needed;
    return at;
  }

  #resize(capacity: number): void {
    const bytes = new Uint8Array(capacity);
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/**
 * Reads jute primitives strictly: a length that is negative or reaches beyond the record, text that is not
 * UTF-8 and a boolean that is neither 0 nor 1 throw `ProtocolError`. Nothing is allocated before its length
 * was checked against the bytes that are there. Buffers are views on the input, not copies.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes that have not been read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** A 32-bit integer with a sign. */
  int(): number {
    return this.#intAt(this.#advance(4));
  }

  /** One byte, which must be 0 or 1. */
  boolean(): boolean {
    const value = this.#bytes[this.#advance(1)];
    if (value !== 0 && value !== 1) throw new ProtocolError('BAD_BOOLEAN', `a boolean of value ${value}`);
    return value === 1;
  }

  /** A 64-bit integer within ±2^53. */
  long(): number {
    const at = this.#advance(8);
    const value = this.#intAt(at) * TWO_32 + (this.#intAt(at + 4) >>> 0);
    if (!Number.isSafeInteger(value)) throw new ProtocolError('LONG_OUT_OF_RANGE', 'a long beyond 2^53');
    return value;
  }

  /** A 64-bit integer; one beyond ±(2^53 - 1) as that bound. */
  clampedLong(): number {
    const at = this.#advance(8);
    const value = this.#intAt(at) * TWO_32 + (this.#intAt(at + 4) >>> 0);
    return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(value, Number.MAX_SAFE_INTEGER));
  }

  /** A 64-bit integer of any value. */
  bigLong(): bigint {
    const at = this.#advance(8);
    const high = this.#intAt(at);
    const low = this.#intAt(at + 4);
    if (high === 0 && low === 0) return 0n;
    scratch.setInt32(0, high);
    scratch.setInt32(4, low);
    return scratch.getBigInt64(0);
  }

  /** A buffer as a view on the input, or null if its length is -1. */
  buffer(): Uint8Array | null {
    const length = this.int();
    if (length === -1) return null;
    if (length === 0) return EMPTY;
    return this.#viewAt(this.#advanceLength(length), length);
  }

  /** A string. Its bytes must be UTF-8. */
  string(): string {
    const length = this.int();
    // A null string means an absent one. No record here distinguishes it from an empty one.
    if (length === -1 || length === 0) return '';
    const at = this.#advanceLength(length);
    return decodeText(this.#bytes, at, at + length);
  }

  /** `itemBytesMin` is the least an item can take: it bounds the count by what the record can hold. */
  vector<T>(itemBytesMin: number, readItem: (reader: ByteReader) => T): T[] {
    const count = this.int();
    if (count === -1) return [];
    if (count < 0 || count * itemBytesMin > this.remaining) {
      throw new ProtocolError('BAD_LENGTH', `a vector of ${count} items in ${this.remaining} bytes`);
    }
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(readItem(this));
    return items;
  }

  /** Steps over `expected` if it comes next, and returns whether it came. */
  skip(expected: Uint8Array): boolean {
    const at = this.#at;
    if (expected.length > this.remaining) return false;
    for (let i = 0; i < expected.length; i++) {
      if (this.#bytes[at + i] !== expected[i]) return false;
    }
    this.#at = at + expected.length;
    return true;
  }

  /** The next `length` bytes as they are, as a view. */
  raw(length: number): Uint8Array {
    return this.#viewAt(this.#advanceLength(length), length);
  }

  /** Whatever is left, as a view. */
  rest(): Uint8Array {
    const length = this.remaining;
    return this.#viewAt(this.#advance(length), length);
  }

  /** Throws unless the record was read to its last byte. */
  end(): void {
    if (this.remaining !== 0) {
      throw new ProtocolError('TRAILING_BYTES', `${this.remaining} bytes after the end of the record`);
    }
  }

  // Written by hand, because a `DataView` for each frame costs more than all the integers in it.
  #intAt(at: number): number {
    const bytes = this.#bytes;
    return (
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)
    );
  }

  // `subarray` would return a Buffer if the record came in one, and the `slice` of a Buffer is no copy.
  #viewAt(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + at, length);
  }

  #advanceLength(length: number): number {
    if (length < 0) throw new ProtocolError('BAD_LENGTH', `a length of ${length}`);
    return this.#advance(length);
  }

  #advance(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) {
      throw new ProtocolError('TRUNCATED', `${count} bytes wanted, ${this.#bytes.length - at} left`);
    }
    this.#at = at + count;
    return at;
  }
}
