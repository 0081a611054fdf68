/**
 * The primitives of ZooKeeper's wire format, written for this suite from their description, because a codec shared with
 * the code under test would share its mistakes.
 */
export class JuteWriter {
  readonly #parts: Buffer[] = [];

  int(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    return this.#add(part);
  }

  long(value: bigint): this {
    const part = Buffer.alloc(8);
    part.writeBigInt64BE(BigInt.asIntN(64, value));
    return this.#add(part);
  }

  boolean(value: boolean): this {
    return this.#add(Buffer.from([value ? 1 : 0]));
  }

  buffer(value: Uint8Array | null): this {
    if (value === null) return this.int(-1);
    return this.int(value.length).#add(Buffer.from(value));
  }

  string(value: string | null): this {
    return this.buffer(value === null ? null : Buffer.from(value));
  }

  vector<T>(values: readonly T[] | null, write: (value: T) => void): this {
    this.int(values === null ? -1 : values.length);
    for (const value of values ?? []) write(value);
    return this;
  }

  bytes(value: Uint8Array): this {
    return this.#add(Buffer.from(value));
  }

  take(): Buffer {
    return Buffer.concat(this.#parts.splice(0));
  }

  #add(part: Buffer): this {
    this.#parts.push(part);
    return this;
  }
}

/** Reads past the end throw `RangeError`. */
export class JuteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  int(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  long(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64BE(this.#at - 8);
  }

  boolean(): boolean {
    this.#at += 1;
    return this.#bytes.readInt8(this.#at - 1) !== 0;
  }

  buffer(): Buffer | null {
    const length = this.int();
    if (length < 0) return null;
    if (length > this.remaining)
      throw new RangeError(`${length} bytes announced, but ${this.remaining} left`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  string(): string | null {
    return this.buffer()?.toString() ?? null;
  }

  vector<T>(read: () => T): T[] {
    const values: T[] = [];
    for (let left = this.int(); left > 0; left--) values.push(read());
    return values;
  }
}
