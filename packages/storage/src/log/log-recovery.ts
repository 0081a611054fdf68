import { formatZxid, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { CorruptLogError } from '../errors.ts';
import { hasIntegerColumns } from '../files/integer-columns.ts';
import type { RecoveryNote } from '../storage.ts';
import type { MarkState } from './durable-mark.ts';
import { checkLogRow, type LogRowCheck } from './log-row.ts';
import {
  type LogPosition,
  type LogRow,
  type LogStatements,
  type LogStateRow,
  stateChecksum,
} from './log-tables.ts';

/** Taken for a column that is not bytes: in a damaged page, even a strict column can hold a value of any type. */
const NO_BYTES = new Uint8Array();

export interface LogRecoveryInput {
  /** For error messages. */
  readonly file: string;
  readonly statements: LogStatements;
  readonly mark: MarkState;
  /** The bytes that SQLite dropped from the end of its write-ahead log. */
  readonly cutBytes: number;
  readonly onRow: (row: Uint8Array) => void;
}

export interface LogFindings {
  readonly position: LogPosition;
  /** Entries or epochs that had been durable, and may have been acknowledged, are gone. */
  readonly lost: boolean;
  /** The damaged last row, which is still to be deleted. */
  readonly damagedRow: Zxid | undefined;
  readonly notes: readonly RecoveryNote[];
}

/**
 * Reads the whole log and checks every link of its chain: the base, then each row's `previous`, then each entry. A
 * damaged last row is returned, so that it can be cut. Any other damage throws `CorruptLogError`.
 */
export function recoverLog(input: LogRecoveryInput): LogFindings {
  const { file, statements, mark } = input;
  const notes: RecoveryNote[] = [];
  const position = readPosition(file, statements.readState.get());
  let damaged: { readonly row: LogRow; readonly commit: number | undefined } | undefined;
  for (let row = statements.firstRowAfter.get(-1); row; row = statements.firstRowAfter.get(row.last)) {
    const bytes = row.entries instanceof Uint8Array ? row.entries : NO_BYTES;
    const check = checkLogRow(bytes);
    const problem = problemOf(row, check, position.last);
    if (problem === undefined && check.sound) {
      position.last = check.last;
      position.commit = Math.max(position.commit, check.header.commit);
      input.onRow(bytes);
      continue;
    }
    if (check.sound || statements.firstRowAfter.get(row.last) !== undefined) {
      throw new CorruptLogError(file, position.last, problem ?? 'the batch is damaged');
    }
    damaged = { row, commit: check.header?.commit };
    notes.push({
      type: 'torn-tail-cut',
      afterZxid: position.last,
      entries: check.header?.entryCount,
      bytes: bytes.length,
      reason: 'checksum',
    });
  }
  if (input.cutBytes > 0) {
    notes.push({
      type: 'torn-tail-cut',
      afterZxid: position.last,
      entries: undefined,
      bytes: input.cutBytes,
      reason: 'interrupted-commit',
    });
  }
  const lost = judge(position, mark, damaged, notes);
  // Later transactions must have numbers above those that were lost.
  if (typeof mark === 'object') position.commit = Math.max(position.commit, mark.commit);
  return { position, lost, damagedRow: damaged?.row.last, notes };
}

function readPosition(file: string, state: LogStateRow | undefined): LogPosition {
  if (state === undefined || !hasIntegerColumns(state) || stateChecksum(state) !== state.checksum) {
    throw new CorruptLogError(file, ZXID_ZERO, 'the record of epochs and base is damaged or missing');
  }
  const { base, acceptedEpoch, currentEpoch, commit } = state;
  return { base, last: base, acceptedEpoch, currentEpoch, commit };
}

function problemOf(row: LogRow, check: LogRowCheck, last: Zxid): string | undefined {
  if (!check.sound) return check.problem;
  if (check.header.previous !== last) {
    return `entries are missing, the next batch follows ${formatZxid(check.header.previous)}`;
  }
  if (check.last !== row.last) return `a batch that ends at ${formatZxid(check.last)} has another key`;
  return undefined;
}

function judge(
  position: LogPosition,
  mark: MarkState,
  damaged: { readonly commit: number | undefined } | undefined,
  notes: RecoveryNote[],
): boolean {
  if (mark === 'missing') {
    if (position.commit > 0) notes.push({ type: 'mark-missing' });
    return false;
  }
  if (mark === 'unreadable') {
    // There was a crash between creating the mark's file and writing it. Nothing can have been acknowledged by then.
    if (position.commit === 0) return false;
    notes.push({ type: 'mark-unreadable' });
    return true;
  }
  const transactionMissing = position.commit < mark.commit;
  const endMissing = position.commit === mark.commit && position.last < mark.zxid;
  const damagedWasDurable = damaged !== undefined && (damaged.commit ?? 0) <= mark.commit;
  if (transactionMissing || endMissing || damagedWasDurable) {
    notes.push({ type: 'acknowledged-entries-lost', logEnd: position.last, durableMark: mark.zxid });
    return true;
  }
  if (mark.lost) notes.push({ type: 'still-untrusted' });
  return mark.lost;
}
