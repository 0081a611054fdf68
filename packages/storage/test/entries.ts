import { makeZxid, type Zxid } from '@conclave/protocol';
import type { LogEntry, PersistBatch, PersistOperation } from '../src/storage.ts';

/** The entries of one epoch from one counter through another; the payload identifies it. */
export function entries(epoch: number, from: number, through: number, bytes = 8): LogEntry[] {
  const made: LogEntry[] = [];
  for (let counter = from; counter <= through; counter++) {
    const payload = new Uint8Array(bytes).fill(counter);
    payload[0] = epoch;
    made.push({ zxid: makeZxid(epoch, counter), payload });
  }
  return made;
}

export function append(epoch: number, from: number, through: number, bytes?: number): PersistOperation {
  return { type: 'append', entries: entries(epoch, from, through, bytes) };
}

export function batch(sequence: number, ...operations: PersistOperation[]): PersistBatch {
  return { sequence, operations };
}

export function zxidsOf(found: readonly LogEntry[]): Zxid[] {
  return found.map((entry) => entry.zxid);
}

/** Entries without the class of their payloads, which differs between the storages. */
export function plain(found: readonly LogEntry[]): { zxid: Zxid; payload: number[] }[] {
  return found.map(({ zxid, payload }) => ({ zxid, payload: [...payload] }));
}
