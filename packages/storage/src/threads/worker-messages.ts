import type { Zxid } from '@conclave/protocol';
import type { EncodedBatch, LogRecovery } from '../log/log-database.ts';
import type { ErrorData } from './error-transport.ts';

/** What the log's thread can be asked. */
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

/** What the checkpoint's thread can be asked. */
export type CheckpointRequest =
  | {
      readonly type: 'open';
      readonly directory: string;
      readonly walBytesMax: number;
      readonly readerIdleMs: number;
    }
  | { readonly type: 'begin' }
  | { readonly type: 'rows'; readonly block: Uint8Array }
  | { readonly type: 'commit'; readonly zxid: Zxid }
  | { readonly type: 'rollback' }
  | { readonly type: 'beginInstall'; readonly zxid: Zxid }
  | { readonly type: 'installChunk'; readonly chunk: Uint8Array }
  | { readonly type: 'commitInstall' }
  | { readonly type: 'logCleared' }
  | { readonly type: 'openReader' }
  | { readonly type: 'readRows'; readonly reader: number }
  | { readonly type: 'readChunks'; readonly reader: number }
  | { readonly type: 'closeReader'; readonly reader: number }
  | { readonly type: 'close' };

export interface CheckpointReplies {
  readonly open: { readonly zxid: Zxid; readonly clearLog: boolean };
  readonly begin: undefined;
  readonly rows: undefined;
  readonly commit: undefined;
  readonly rollback: undefined;
  readonly beginInstall: undefined;
  readonly installChunk: undefined;
  readonly commitInstall: undefined;
  readonly logCleared: undefined;
  readonly openReader: { readonly reader: number; readonly zxid: Zxid };
  /** Undefined after the last block. */
  readonly readRows: Uint8Array | undefined;
  /** Empty after the last chunk. */
  readonly readChunks: readonly Uint8Array[];
  readonly closeReader: undefined;
  readonly close: undefined;
}

export interface RequestMessage<Request> {
  readonly id: number;
  readonly request: Request;
}

export type ReplyMessage =
  | { readonly type: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: ErrorData };

/** To the log's thread: a batch is sent as it is, without a reply of its own. */
export type LogMessage = EncodedBatch | RequestMessage<LogRequest>;

/** From the log's thread; a number is the sequence up to which everything is persisted. */
export type LogNotice =
  | number
  | { readonly type: 'rows'; readonly rows: readonly Uint8Array[] }
  | { readonly type: 'failed'; readonly error: ErrorData };
