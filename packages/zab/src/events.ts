import type { Zxid } from '@conclave/protocol';
import type { ServerId } from './entry.ts';
import type { ZabMessage } from './messages.ts';

/**
 * Everything that can happen to a `Peer`.
 *
 * Links: messages of one connection arrive in order and without gaps; none arrives after its
 * `peer-disconnected`, nor before its `peer-connected`. A new connection replaces the old one.
 */
export type ZabEvent =
  | { readonly type: 'tick' }
  | { readonly type: 'peer-connected'; readonly peer: ServerId }
  | { readonly type: 'peer-disconnected'; readonly peer: ServerId }
  | { readonly type: 'message'; readonly from: ServerId; readonly message: ZabMessage }
  /** Every batch up to and including `sequence` is on disk. */
  | { readonly type: 'persisted'; readonly sequence: number }
  /** Does the same as `Peer.propose`, for callers that do not need the zxid. */
  | { readonly type: 'propose'; readonly payloads: readonly Uint8Array[] }
  /** Leader: prove the leadership by a quorum round trip that begins after this event. */
  | { readonly type: 'confirm-leadership'; readonly request: number }
  /** Leader: hand over. The followers elect at once, and do not elect this server as long as it says so. */
  | { readonly type: 'resign' }
  /** Our checkpoint at `zxid` is durable. History up to it may be dropped. */
  | { readonly type: 'checkpointed'; readonly zxid: Zxid }
  /** Bytes of a checkpoint went to `peer`, or came from it, so the transfer is alive. */
  | { readonly type: 'snapshot-progress'; readonly peer: ServerId }
  /** Leader: a whole checkpoint at `zxid` was handed to the link to `peer`. */
  | { readonly type: 'snapshot-sent'; readonly peer: ServerId; readonly zxid: Zxid }
  /** Either side: the transfer with `peer` failed. */
  | { readonly type: 'snapshot-failed'; readonly peer: ServerId }
  /**
   * Follower: a whole checkpoint at `zxid` came from `peer` and was verified, but replaces nothing yet. The
   * answer is `Ready.snapshotToInstall`, or nothing if the checkpoint is no longer wanted.
   */
  | { readonly type: 'snapshot-received'; readonly peer: ServerId; readonly zxid: Zxid }
  /** Follower: the checkpoint of `Ready.snapshotToInstall` is durable and has replaced log and tree. */
  | { readonly type: 'snapshot-installed'; readonly zxid: Zxid }
  /** Disk full or broken: this peer leaves the quorum and stays out. A new `Peer` is made after recovery. */
  | { readonly type: 'storage-failed' };
