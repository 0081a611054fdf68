import type { LargeRequestLimits } from '../clients/large-requests.ts';

/** What a server lets its clients take up. */
export interface Limits extends LargeRequestLimits {
  /** The longest request or answer of a native session. */
  readonly frameBytesMax: number;
  /** The same of a ZooKeeper session: its clients have this limit too, and take a longer answer for a broken stream. */
  readonly zookeeperFrameBytesMax: number;
  readonly connectionsPerAddressMax: number;
  /** The same for ZooKeeper's port alone; 0 for no limit. */
  readonly zookeeperConnectionsPerAddressMax: number;
  readonly connectionsMax: number;
  /** Requests of one connection that are not answered yet; beyond it the connection is not read. */
  readonly outstandingPerConnectionMax: number;
  /**
   * Of these the ones that wait for the ensemble, of all connections together; beyond it a connection is read again when
   * it has all its answers.
   */
  readonly outstandingMax: number;
  /** Bytes of writes that wait for the ensemble, of all connections together; beyond it none is read. */
  readonly outstandingBytesMax: number;
  readonly handshakeTimeoutMs: number;
  /** Bytes a client may leave unread before its requests wait. */
  readonly unreadBytesHigh: number;
  /** Bytes of events and answers a client may leave unread before it is cut off. */
  readonly unreadBytesMax: number;
  readonly watchesPerConnectionMax: number;
  /** What their paths may take together, about: a character counts as a byte. */
  readonly watchBytesPerConnectionMax: number;
  /** Changes kept for persistent watches whose clients come back, and about the bytes they may take. */
  readonly eventHistoryMax: number;
  readonly eventHistoryBytesMax: number;
  readonly sessionTimeoutMinMs: number;
  readonly sessionTimeoutMaxMs: number;
}
