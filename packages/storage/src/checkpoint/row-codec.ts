import { ByteReader, ByteWriter, ProtocolError } from '@conclave/protocol';
import { StorageError } from '../errors.ts';
import type { CheckpointRow } from '../storage.ts';

/** Rows are passed between threads, and to the caller, in blocks of about this size. */
export const ROW_BLOCK_BYTES = 256 * 1024;

/** The largest row, key and value together. */
export const ROW_BYTES_MAX = 16 * 1024 * 1024;

/** A row in the checkpoint's thread: the key as UTF-8 bytes, and null for a deletion. */
export interface EncodedRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/**
 * Packs rows into blocks of at most `ROW_BLOCK_BYTES` unless a single row is larger. Values are copied, so the
 * blocks can be transferred.
 */
export function* encodeRows(rows: readonly CheckpointRow[]): Generator<Uint8Array<ArrayBuffer>> {
  const writer = new ByteWriter(4096);
  for (const { key, value } of rows) {
    if (!key.isWellFormed()) {
      throw new StorageError('BAD_ROW', `the key ${JSON.stringify(key)} is not well-formed Unicode`);
    }
    const valueBytes = value?.length ?? 0;
    if (key.length * 3 + valueBytes > ROW_BYTES_MAX) {
      throw new StorageError(
        'BAD_ROW',
        `the row ${JSON.stringify(key.slice(0, 100))} has ${valueBytes} bytes`,
      );
    }
    if (writer.length > 0 && writer.length + key.length + valueBytes + 8 > ROW_BLOCK_BYTES)
      yield writer.take();
    writer.string(key);
    writer.buffer(value ?? null);
  }
  if (writer.length > 0) yield writer.take();
}

/** Does the reverse of `encodeRows`. Values are views of the block. */
export function decodeRows(block: Uint8Array): CheckpointRow[] {
  const reader = new ByteReader(block);
  const rows: CheckpointRow[] = [];
  while (reader.remaining > 0) {
    rows.push({ key: reader.string(), value: reader.buffer() ?? undefined });
  }
  return rows;
}

/** Does the same as `decodeRows`, without making strings of the keys. */
export function* decodeEncodedRows(block: Uint8Array): Generator<EncodedRow> {
  const reader = new ByteReader(block);
  while (reader.remaining > 0) {
    const key = reader.buffer();
    if (key === null) throw new ProtocolError('BAD_LENGTH', 'a row without a key');
    yield { key, value: reader.buffer() };
  }
}

export function writeEncodedRow(writer: ByteWriter, key: Uint8Array, value: Uint8Array): void {
  writer.buffer(key);
  writer.buffer(value);
}
