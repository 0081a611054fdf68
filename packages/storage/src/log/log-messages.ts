import type { Zxid } from '@conclave/protocol';
import type { RecoveryNote } from '../storage.ts';
import type { ErrorData } from '../threads/error-transport.ts';
import type { WorkerLink } from '../threads/worker-link.ts';
import type { RequestMessage } from '../threads/worker-messages.ts';
import type { LogPosition } from './log-tables.ts';

/** The owner's end of the log's thread. */
export type LogLink = WorkerLink<LogRequest, LogReplies, LogNotice>;

/** To the log's thread: a batch is sent as it is, without a reply of its own. */
export type LogMessage = EncodedBatch | RequestMessage<LogRequest>;

/** A `PersistBatch` on its way to the log: the entries are encoded, the rows not yet sealed. */
export interface EncodedBatch {
  readonly sequence: number;
  readonly operations: readonly EncodedOperation[];
}

export type EncodedOperation =
  | { readonly type: 'append'; readonly rows: readonly Uint8Array<ArrayBuffer>[] }
  | { readonly type: 'truncate'; readonly after: Zxid }
  | { readonly type: 'epochs'; readonly acceptedEpoch: number; readonly currentEpoch: number };

/** The requests that the log's thread answers. */
export type LogRequest =
  /** The rows of the log come before the reply, as notices. */
  | { readonly type: 'open'; readonly directory: string; readonly walBytesMax: number }
  /** Answered with the end of the log when every batch before it is durable. */
  | { readonly type: 'flush' }
  | { readonly type: 'purge'; readonly through: Zxid }
  | { readonly type: 'clear'; readonly base: Zxid }
  | { readonly type: 'close' };

export interface LogReplies {
  readonly open: LogRecovery;
  readonly flush: Zxid;
  readonly purge: undefined;
  readonly clear: undefined;
  readonly close: undefined;
}

/** The findings of opening the log. */
export interface LogRecovery {
  readonly position: LogPosition;
  readonly trusted: boolean;
  readonly notes: readonly RecoveryNote[];
}

/** From the log's thread; a number is the sequence up to which everything is persisted. */
export type LogNotice =
  | number
  | { readonly type: 'rows'; readonly rows: readonly Uint8Array[] }
  | { readonly type: 'failed'; readonly error: ErrorData };
