/** What a server lets its clients take up. */
export interface Limits {
  readonly frameBytesMax: number;
  readonly connectionsPerAddressMax: number;
  readonly connectionsMax: number;
  /** Requests of one connection that are not answered yet; beyond it the connection is not read. */
  readonly outstandingPerConnectionMax: number;
  /** The same for all connections together. */
  readonly outstandingMax: number;
  /** Bytes of writes that are not answered yet, of all connections together. */
  readonly outstandingBytesMax: number;
  readonly handshakeTimeoutMs: number;
  /** Bytes a client may leave unread before its requests wait. */
  readonly unreadBytesHigh: number;
  /** Bytes of events and answers a client may leave unread before it is cut off. */
  readonly unreadBytesMax: number;
  readonly watchesPerConnectionMax: number;
  /** Changes kept for persistent watches whose clients come back, and about the bytes they may take. */
  readonly eventHistoryMax: number;
  readonly eventHistoryBytesMax: number;
  readonly sessionTimeoutMinMs: number;
  readonly sessionTimeoutMaxMs: number;
}
