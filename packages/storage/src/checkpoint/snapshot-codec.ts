import { crc32 } from 'node:zlib';
import { ByteReader, ByteWriter, toZxid, type Zxid } from '@conclave/protocol';
import { StorageError } from '../errors.ts';
import { type EncodedRow, ROW_BYTES_MAX, writeEncodedRow } from './row-codec.ts';
import { RowTally } from './row-tally.ts';

/** No chunk of a snapshot is larger. */
export const SNAPSHOT_CHUNK_BYTES_MAX = 256 * 1024;

const CHUNK_HEADER_BYTES = 8;
const BODY_BYTES_MAX = SNAPSHOT_CHUNK_BYTES_MAX - CHUNK_HEADER_BYTES;
const MAGIC = 0x434e5350;
const FORMAT = 1;
const PREAMBLE_BYTES = 16;
/** Stands where a row's key length would. */
const END = -2;
const END_BYTES = 20;

/**
 * A snapshot is a stream of bytes cut into chunks, so that a row may be larger than a chunk.
 *
 *     chunk    crc32 of the rest | number from 0 | a piece of the stream
 *     stream   magic | format | zxid | rows: key, value as jute buffers | -2 | row count | checksum sum
 */
export class SnapshotEncoder {
  readonly #writer = new ByteWriter(SNAPSHOT_CHUNK_BYTES_MAX);
  #sequence = 0;

  constructor(zxid: Zxid) {
    this.#writer.int(MAGIC);
    this.#writer.int(FORMAT);
    this.#writer.long(zxid);
  }

  /** Whether there are enough bytes for a chunk. */
  get full(): boolean {
    return this.#writer.length >= BODY_BYTES_MAX;
  }

  add(key: Uint8Array, value: Uint8Array): void {
    writeEncodedRow(this.#writer, key, value);
  }

  end(tally: RowTally): void {
    this.#writer.int(END);
    this.#writer.long(tally.rows);
    this.#writer.long(tally.checksums);
  }

  /** Returns the rows added since the last call, as chunks. */
  takeChunks(): Uint8Array<ArrayBuffer>[] {
    const stream = this.#writer.view();
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < stream.length; at += BODY_BYTES_MAX) {
      const body = stream.subarray(at, at + BODY_BYTES_MAX);
      const chunk = new Uint8Array(CHUNK_HEADER_BYTES + body.length);
      const view = new DataView(chunk.buffer);
      view.setUint32(4, this.#sequence++);
      chunk.set(body, CHUNK_HEADER_BYTES);
      view.setUint32(0, crc32(chunk.subarray(4)));
      chunks.push(chunk);
    }
    this.#writer.reset();
    return chunks;
  }
}

/** Checks and decodes the chunks of a `SnapshotEncoder`. It holds at most one incomplete row. */
export class SnapshotDecoder {
  readonly #zxid: Zxid;
  #sequence = 0;
  #begun = false;
  #tally: RowTally | undefined;
  /** The pieces of a record that is not complete yet. */
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #needed = PREAMBLE_BYTES;
  #lastKey: Uint8Array | undefined;

  constructor(zxid: Zxid) {
    this.#zxid = zxid;
  }

  /** The tally at the end of the snapshot; undefined until the end is reached. */
  get tally(): RowTally | undefined {
    return this.#tally;
  }

  /** Returns the rows that this chunk completes, as views of it or of copies. Throws `CORRUPT_SNAPSHOT`. */
  decode(chunk: Uint8Array): EncodedRow[] {
    try {
      return this.#decode(chunk);
    } catch (cause) {
      if (cause instanceof StorageError) throw cause;
      throw new StorageError('CORRUPT_SNAPSHOT', 'the snapshot is damaged', { cause });
    }
  }

  #decode(chunk: Uint8Array): EncodedRow[] {
    this.#pieces.push(this.#checkedBody(chunk));
    this.#pieceBytes += chunk.length - CHUNK_HEADER_BYTES;
    const rows: EncodedRow[] = [];
    if (this.#pieceBytes < this.#needed) return rows;
    const stream = this.#pieces.length === 1 ? (this.#pieces[0] as Uint8Array) : Buffer.concat(this.#pieces);
    let at = 0;
    while (at < stream.length) {
      const next = this.#record(stream.subarray(at), rows);
      if (next === undefined) break;
      at += next;
    }
    const rest = stream.subarray(at);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#pieceBytes = rest.length;
    if (rest.length === 0) this.#needed = 1;
    return rows;
  }

  #checkedBody(chunk: Uint8Array): Uint8Array {
    if (this.#tally !== undefined) throw corrupt('a chunk after its end');
    if (chunk.length <= CHUNK_HEADER_BYTES || chunk.length > SNAPSHOT_CHUNK_BYTES_MAX) {
      throw corrupt(`a chunk of ${chunk.length} bytes`);
    }
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (view.getUint32(0) !== crc32(chunk.subarray(4))) {
      throw corrupt(`chunk ${this.#sequence} fails its checksum`);
    }
    if (view.getUint32(4) !== this.#sequence) {
      throw corrupt(`chunk ${view.getUint32(4)} where ${this.#sequence} was expected`);
    }
    this.#sequence++;
    return chunk.subarray(CHUNK_HEADER_BYTES);
  }

  /** Takes one record and returns its length. If it is not complete, it sets `#needed` and returns undefined. */
  #record(bytes: Uint8Array, rows: EncodedRow[]): number | undefined {
    if (this.#tally !== undefined) throw corrupt('bytes after its end');
    if (!this.#begun) {
      if (!this.#has(bytes, PREAMBLE_BYTES)) return undefined;
      this.#readPreamble(new ByteReader(bytes));
      return PREAMBLE_BYTES;
    }
    if (!this.#has(bytes, 4)) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const keyBytes = view.getInt32(0);
    if (keyBytes === END) {
      if (!this.#has(bytes, END_BYTES)) return undefined;
      const reader = new ByteReader(bytes.subarray(4));
      this.#tally = new RowTally(reader.long(), reader.long());
      return END_BYTES;
    }
    if (keyBytes < 0 || keyBytes > ROW_BYTES_MAX) throw corrupt(`a key of ${keyBytes} bytes`);
    const valueAt = 4 + keyBytes + 4;
    if (!this.#has(bytes, valueAt)) return undefined;
    const valueBytes = view.getInt32(4 + keyBytes);
    if (valueBytes < 0 || valueBytes > ROW_BYTES_MAX) throw corrupt(`a value of ${valueBytes} bytes`);
    if (!this.#has(bytes, valueAt + valueBytes)) return undefined;
    const key = bytes.subarray(4, 4 + keyBytes);
    if (this.#lastKey !== undefined && Buffer.compare(this.#lastKey, key) >= 0) {
      throw corrupt('its rows are not in order');
    }
    this.#lastKey = key;
    rows.push({ key, value: bytes.subarray(valueAt, valueAt + valueBytes) });
    return valueAt + valueBytes;
  }

  #has(bytes: Uint8Array, needed: number): boolean {
    this.#needed = needed;
    return bytes.length >= needed;
  }

  #readPreamble(reader: ByteReader): void {
    if (reader.int() !== MAGIC) throw corrupt('it does not begin like a snapshot');
    const format = reader.int();
    if (format !== FORMAT) throw corrupt(`its format is ${format}; this version reads ${FORMAT}`);
    const zxid = toZxid(reader.long());
    if (zxid !== this.#zxid) throw corrupt(`it is at zxid ${zxid}, but was announced at ${this.#zxid}`);
    this.#begun = true;
  }
}

function corrupt(problem: string): StorageError {
  return new StorageError('CORRUPT_SNAPSHOT', `the snapshot is damaged: ${problem}`);
}
