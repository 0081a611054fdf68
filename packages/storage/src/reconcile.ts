import { formatZxid, type Zxid } from '@conclave/protocol';
import { CorruptLogError } from './errors.ts';
import type { LogEntry, RecoveryNote } from './storage.ts';

export interface Halves {
  /** For error messages. */
  readonly logFile: string;
  readonly base: Zxid;
  readonly last: Zxid;
  readonly entries: readonly LogEntry[];
  readonly checkpointZxid: Zxid;
  /** The checkpoint was replaced, and the log has not been cleared yet. */
  readonly clearLog: boolean;
}

/**
 * Checks that log and checkpoint fit together: the checkpoint must lie within the log, or at its base. Returns a note if
 * the log must be cleared, or undefined if it is kept. Throws `CorruptLogError` if entries between the two are missing.
 */
export function reconcile(halves: Halves): RecoveryNote | undefined {
  const { base, last, entries, checkpointZxid } = halves;
  if (halves.clearLog) return { type: 'snapshot-install-finished', checkpointZxid };
  if (checkpointZxid < base) {
    throw new CorruptLogError(
      halves.logFile,
      checkpointZxid,
      `the checkpoint ends there and the log begins only after ${formatZxid(base)}`,
    );
  }
  if (checkpointZxid > last) return { type: 'log-behind-checkpoint', logEnd: last, checkpointZxid };
  if (checkpointZxid !== base && !includes(entries, checkpointZxid)) {
    throw new CorruptLogError(
      halves.logFile,
      base,
      `the checkpoint ends at ${formatZxid(checkpointZxid)}, which the log does not have`,
    );
  }
  return undefined;
}

function includes(entries: readonly LogEntry[], zxid: Zxid): boolean {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as LogEntry).zxid < zxid) low = middle + 1;
    else high = middle;
  }
  return entries[low]?.zxid === zxid;
}
