import type { Zxid } from '@conclave/protocol';
import type { Entry, ServerId } from './entry.ts';
import type { ZabMessage } from './messages.ts';

export type PersistOperation =
  | { readonly type: 'append'; readonly entries: readonly Entry[] }
  /** Remove every entry after this one. */
  | { readonly type: 'truncate'; readonly after: Zxid }
  | { readonly type: 'epochs'; readonly acceptedEpoch: number; readonly currentEpoch: number };

/** Operations that reach the disk together or not at all, after all batches of lower sequence. */
export interface PersistBatch {
  readonly sequence: number;
  readonly operations: readonly PersistOperation[];
}

/**
 * Everything there is to do. Nothing of it was done yet, and nothing of it must wait for the disk: acknowledgements and
 * promises appear in `messages` only after the `persisted` event that they rest on, and never after the end of the role
 * they were owed in. So `messages` and `persist` may be worked on at the same time.
 */
export interface Ready {
  /** Send now, in order for each peer. A message for several peers is the same object: encode it once. */
  readonly messages: readonly { readonly to: ServerId; readonly message: ZabMessage }[];
  /** Write in order, then answer with `persisted`. */
  readonly persist: readonly PersistBatch[];
  /** Apply. Each entry once, strictly in order, beginning after the checkpoint (or after `resetTo`). */
  readonly committed: readonly Entry[];
  /** Stream the newest durable checkpoint, then pass `snapshot-sent` with its zxid, or `snapshot-failed`, to `step`. */
  readonly snapshotsToSend: readonly { readonly to: ServerId }[];
  /** Replace log and tree by the checkpoint received from `from`, durably, then pass `snapshot-installed` to `step`. */
  readonly snapshotToInstall: { readonly from: ServerId; readonly zxid: Zxid } | undefined;
  /** Leadership was proved; `zxid` is the commit point of the moment when the request came in. */
  readonly confirmed: readonly { readonly request: number; readonly zxid: Zxid }[];
  /** The leadership ended, or there was none, before the proof. */
  readonly refusedConfirmations: readonly number[];
  /** A checkpoint at this zxid has replaced the state: `committed` continues after it. */
  readonly resetTo: Zxid | undefined;
}
