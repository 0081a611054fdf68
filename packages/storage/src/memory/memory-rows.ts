import { ByteWriter, type Zxid } from '@conclave/protocol';
import { ROW_BLOCK_BYTES, writeEncodedRow } from '../checkpoint/row-codec.ts';
import { RowTally, rowChecksum } from '../checkpoint/row-tally.ts';
import { SnapshotEncoder } from '../checkpoint/snapshot-codec.ts';
import { CorruptCheckpointError } from '../errors.ts';
import type { MemoryDisk } from './memory-disk.ts';

interface SortedRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const utf8 = new TextEncoder();

/** Returns the rows of a simulated disk in the order of their keys' bytes. Throws if one was damaged. */
export function sortedRows(disk: MemoryDisk): readonly SortedRow[] {
  const rows: SortedRow[] = [];
  for (const [key, value] of disk.content.rows) {
    if (disk.isDamaged(value)) {
      throw new CorruptCheckpointError('checkpoint (in memory)', key, 'it fails its checksum');
    }
    rows.push({ key: utf8.encode(key), value });
  }
  return rows.sort((a, b) => Buffer.compare(a.key, b.key));
}

/** Blocks for `decodeRows`. */
export function* rowBlocks(rows: readonly SortedRow[]): Generator<Uint8Array> {
  const writer = new ByteWriter(4096);
  for (const { key, value } of rows) {
    writeEncodedRow(writer, key, value);
    if (writer.length >= ROW_BLOCK_BYTES) yield writer.take();
  }
  if (writer.length > 0) yield writer.take();
}

export async function* snapshotChunks(
  zxid: Zxid,
  rows: readonly SortedRow[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const encoder = new SnapshotEncoder(zxid);
  const tally = new RowTally();
  for (const { key, value } of rows) {
    signal?.throwIfAborted();
    encoder.add(key, value);
    tally.add(rowChecksum(key, value));
    if (encoder.full) yield* encoder.takeChunks();
  }
  signal?.throwIfAborted();
  encoder.end(tally);
  yield* encoder.takeChunks();
}
