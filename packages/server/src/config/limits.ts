import type { Config } from './config.ts';

/** The limits that a server sets to its clients. */
export interface Limits {
  /** The longest request or answer of a native session. */
  readonly frameBytesMax: number;
  /**
   * The longest request or answer of a ZooKeeper session. Its clients have the same limit, and treat a longer answer as
   * a broken stream.
   */
  readonly zookeeperFrameBytesMax: number;
  readonly connectionsPerAddressMax: number;
  /** Connections from one address to ZooKeeper's port; 0 for no limit. */
  readonly zookeeperConnectionsPerAddressMax: number;
  readonly connectionsMax: number;
  /** Requests of one connection that are not answered yet. Above this the server stops reading from the connection. */
  readonly outstandingPerConnectionMax: number;
  /**
   * Requests of all connections together that wait for the ensemble. Above this a connection is read again only when it
   * has all its answers.
   */
  readonly outstandingMax: number;
  /** Bytes of writes of all connections together that wait for the ensemble. Above this no connection is read. */
  readonly outstandingBytesMax: number;
  /** A request longer than this is large. */
  readonly largeRequestBytes: number;
  /** Bytes that large requests may take together while they are being received. */
  readonly largeRequestsBytesMax: number;
  /** Time for one large request to arrive. */
  readonly largeRequestMs: number;
  readonly handshakeTimeoutMs: number;
  /** Bytes a client may leave unread before its requests wait. */
  readonly unreadBytesHigh: number;
  /** Bytes of events and answers a client may leave unread before it is cut off. */
  readonly unreadBytesMax: number;
  readonly watchesPerConnectionMax: number;
  /** Approximate memory for the paths of these watches; a character counts as a byte. */
  readonly watchBytesPerConnectionMax: number;
  /** Changes kept for the persistent watches of clients that reconnect, and the approximate bytes they may take. */
  readonly eventHistoryMax: number;
  readonly eventHistoryBytesMax: number;
  readonly sessionTimeoutMinMs: number;
  readonly sessionTimeoutMaxMs: number;
}

/** Below what one link between servers may have on its way: a new leader is sent all of it at once. */
const OUTSTANDING_BYTES_MAX = 64 * 1024 * 1024;
const LARGE_REQUEST_MS = 30_000;
const UNREAD_BYTES_HIGH = 1024 * 1024;
const UNREAD_BYTES_MAX = 64 * 1024 * 1024;

export function limitsOf(config: Config): Limits {
  return {
    frameBytesMax: config.frameBytesMax,
    zookeeperFrameBytesMax: config.zookeeperFrameBytesMax,
    connectionsPerAddressMax: config.connectionsPerAddressMax,
    zookeeperConnectionsPerAddressMax: config.zookeeperConnectionsPerAddressMax,
    connectionsMax: config.connectionsMax,
    outstandingPerConnectionMax: config.outstandingPerConnectionMax,
    outstandingMax: config.outstandingMax,
    outstandingBytesMax: OUTSTANDING_BYTES_MAX,
    largeRequestBytes: config.largeRequestBytes,
    largeRequestsBytesMax: config.largeRequestsBytesMax,
    largeRequestMs: LARGE_REQUEST_MS,
    handshakeTimeoutMs: config.handshakeTimeoutMs,
    unreadBytesHigh: UNREAD_BYTES_HIGH,
    unreadBytesMax: UNREAD_BYTES_MAX,
    watchesPerConnectionMax: config.watchesPerConnectionMax,
    watchBytesPerConnectionMax: config.watchBytesPerConnectionMax,
    eventHistoryMax: config.eventHistoryMax,
    eventHistoryBytesMax: config.eventHistoryBytesMax,
    sessionTimeoutMinMs: config.sessionTimeoutMinMs,
    sessionTimeoutMaxMs: config.sessionTimeoutMaxMs,
  };
}
