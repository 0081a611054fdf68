import type { Zxid } from '@conclave/protocol';
import type { WorkerLink } from '../threads/worker-link.ts';

/** The owner's end of the checkpoint's thread. */
export type CheckpointLink = WorkerLink<CheckpointRequest, CheckpointReplies, never>;

/** The requests that the checkpoint's thread answers. */
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
