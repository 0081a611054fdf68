import type { Zxid } from '@conclave/protocol';
import type { Entry } from './entry.ts';

/** The content of the disk at the start. */
export interface DurableState {
  /** The last epoch promised to a would-be leader (Zab paper: f.p). 0 on a disk that was never used. */
  readonly acceptedEpoch: number;
  /** The last epoch with a leader that brought this server up to date (Zab paper: f.a). `<= acceptedEpoch`. */
  readonly currentEpoch: number;
  /** Everything up to here is committed and applied; its entries may be gone from the log. */
  readonly checkpointZxid: Zxid;
  /** The log in order. May begin before the checkpoint: such entries save followers a checkpoint. */
  readonly entries: readonly Entry[];
  /**
   * False when the log lost an entry that may have been acknowledged. Such a server counts in no quorum until
   * a leader has brought it up to date. The storage must go on saying false until a batch with an `epochs`
   * operation is durable: an untrusted server writes its first one together with the whole history under it.
   */
  readonly trusted: boolean;
}
