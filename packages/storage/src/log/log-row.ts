import { crc32 } from 'node:zlib';
import { formatZxid, toZxid, type Zxid } from '@conclave/protocol';
import { StorageError } from '../errors.ts';
import type { LogEntry } from '../storage.ts';
import { continues } from './zxid-order.ts';

/**
 * A row of the log holds the entries of one batch, or of a part of a large one.
 *
 *     header   crc32 of the rest of the header | entry count | previous zxid | commit number      4 4 8 8
 *     entry    crc32 of the rest of the entry  | payload length | zxid | payload                  4 4 8 n
 *
 * `previous` is the zxid of the entry before the row, so that a missing row is noticed. The commit number is that of
 * the transaction that wrote the row. The durable mark is compared with it.
 */
const HEADER_BYTES = 24;
const ENTRY_HEADER_BYTES = 16;
const TWO_32 = 2 ** 32;

/** A batch above this size is spread over several rows of the same transaction. */
export const LOG_ROW_BYTES_MAX = 1024 * 1024;

/** The largest payload the log takes. */
export const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024;

export interface LogRowHeader {
  readonly entryCount: number;
  readonly previous: Zxid;
  readonly commit: number;
}

export type LogRowCheck =
  | { readonly sound: true; readonly header: LogRowHeader; readonly first: Zxid; readonly last: Zxid }
  | { readonly sound: false; readonly header: LogRowHeader | undefined; readonly problem: string };

/**
 * Copies the entries into rows that `sealLogRow` completes later, because the log's thread computes the checksums. Every
 * row has an `ArrayBuffer` of its own, which can be transferred.
 */
export function encodeLogRows(entries: readonly LogEntry[]): Uint8Array<ArrayBuffer>[] {
  const rows: Uint8Array<ArrayBuffer>[] = [];
  let from = 0;
  let bytes = HEADER_BYTES;
  for (let i = 0; i < entries.length; i++) {
    const payloadBytes = (entries[i] as LogEntry).payload.length;
    if (payloadBytes > PAYLOAD_BYTES_MAX) {
      throw new StorageError(
        'BAD_ROW',
        `a payload of ${payloadBytes} bytes; the most is ${PAYLOAD_BYTES_MAX}`,
      );
    }
    const entryBytes = ENTRY_HEADER_BYTES + payloadBytes;
    if (bytes + entryBytes > LOG_ROW_BYTES_MAX && i > from) {
      rows.push(encodeRow(entries, from, i, bytes));
      from = i;
      bytes = HEADER_BYTES;
    }
    bytes += entryBytes;
  }
  if (from < entries.length) rows.push(encodeRow(entries, from, entries.length, bytes));
  return rows;
}

function encodeRow(
  entries: readonly LogEntry[],
  from: number,
  to: number,
  bytes: number,
): Uint8Array<ArrayBuffer> {
  const row = new Uint8Array(bytes);
  const view = new DataView(row.buffer);
  view.setUint32(4, to - from);
  let at = HEADER_BYTES;
  for (let i = from; i < to; i++) {
    const { zxid, payload } = entries[i] as LogEntry;
    view.setUint32(at + 4, payload.length);
    setLong(view, at + 8, zxid);
    row.set(payload, at + ENTRY_HEADER_BYTES);
    at += ENTRY_HEADER_BYTES + payload.length;
  }
  return row;
}

/**
 * Completes a row for the transaction `commit`, and returns its last zxid. Throws `OUT_OF_ORDER` if its entries do not
 * continue the log that ends at `previous`.
 */
export function sealLogRow(row: Uint8Array, previous: Zxid, commit: number): Zxid {
  const view = viewOf(row);
  let last = previous;
  for (let at = HEADER_BYTES; at < row.length; ) {
    const end = at + ENTRY_HEADER_BYTES + view.getUint32(at + 4);
    const zxid = getLong(view, at + 8) as Zxid;
    if (!continues(last, zxid)) {
      throw new StorageError('OUT_OF_ORDER', `an entry ${formatZxid(zxid)} after ${formatZxid(last)}`);
    }
    view.setUint32(at, crc32(row.subarray(at + 4, end)));
    last = zxid;
    at = end;
  }
  sealHeader(row, view, previous, commit);
  return last;
}

/** Returns the entries of a sound row up to and including `through`, as a row of the transaction `commit`. */
export function cutLogRow(row: Uint8Array, through: Zxid, commit: number): Uint8Array {
  const from = viewOf(row);
  let at = HEADER_BYTES;
  let entryCount = 0;
  while (at < row.length && getLong(from, at + 8) <= through) {
    at += ENTRY_HEADER_BYTES + from.getUint32(at + 4);
    entryCount++;
  }
  const cut = row.slice(0, at);
  const view = viewOf(cut);
  view.setUint32(4, entryCount);
  sealHeader(cut, view, getLong(from, 8) as Zxid, commit);
  return cut;
}

/** Checks everything in a row, for any bytes. */
export function checkLogRow(row: Uint8Array): LogRowCheck {
  const view = viewOf(row);
  if (row.length < HEADER_BYTES || view.getUint32(0) !== crc32(row.subarray(4, HEADER_BYTES))) {
    return { sound: false, header: undefined, problem: 'the header of the batch fails its checksum' };
  }
  const header: LogRowHeader = {
    entryCount: view.getUint32(4),
    previous: getLong(view, 8) as Zxid,
    commit: getLong(view, 16),
  };
  let at = HEADER_BYTES;
  let last = header.previous;
  let first: Zxid | undefined;
  for (let i = 0; i < header.entryCount; i++) {
    const bodyAt = at + ENTRY_HEADER_BYTES;
    const end = bodyAt <= row.length ? bodyAt + view.getUint32(at + 4) : Number.POSITIVE_INFINITY;
    if (end > row.length || view.getUint32(at) !== crc32(row.subarray(at + 4, end))) {
      return { sound: false, header, problem: `the entry after ${formatZxid(last)} fails its checksum` };
    }
    const zxid = getLong(view, at + 8) as Zxid;
    if (!continues(last, zxid)) {
      return {
        sound: false,
        header,
        problem: `the entry ${formatZxid(zxid)} cannot follow ${formatZxid(last)}`,
      };
    }
    first ??= zxid;
    last = zxid;
    at = end;
  }
  if (first === undefined || at !== row.length) {
    return { sound: false, header, problem: 'the length of the batch differs from its header' };
  }
  return { sound: true, header, first, last };
}

/** Adds the entries of a sound row to `entries`. Payloads are views of the row. */
export function readLogRow(row: Uint8Array, entries: LogEntry[]): void {
  const view = viewOf(row);
  for (let at = HEADER_BYTES; at < row.length; ) {
    const end = at + ENTRY_HEADER_BYTES + view.getUint32(at + 4);
    entries.push({
      zxid: toZxid(getLong(view, at + 8)),
      payload: row.subarray(at + ENTRY_HEADER_BYTES, end),
    });
    at = end;
  }
}

/** The zxid of a row's first entry. */
export function firstOfLogRow(row: Uint8Array): Zxid {
  return toZxid(getLong(viewOf(row), HEADER_BYTES + 8));
}

function sealHeader(row: Uint8Array, view: DataView, previous: Zxid, commit: number): void {
  setLong(view, 8, previous);
  setLong(view, 16, commit);
  view.setUint32(0, crc32(row.subarray(4, HEADER_BYTES)));
}

function viewOf(row: Uint8Array): DataView {
  return new DataView(row.buffer, row.byteOffset, row.byteLength);
}

function setLong(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / TWO_32));
  view.setUint32(at + 4, value >>> 0);
}

function getLong(view: DataView, at: number): number {
  return view.getUint32(at) * TWO_32 + view.getUint32(at + 4);
}
