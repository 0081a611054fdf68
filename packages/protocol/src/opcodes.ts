/**
 * Operations by their number on the wire: ZooKeeper's (ZooDefs.OpCode) below 1000, Conclave's own, which only
 * a native session may send, from 1000 up.
 */
export const OpCode = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getACL: 6,
  setACL: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  check: 13,
  multi: 14,
  create2: 15,
  /** Changes the members. Its answer is what `/zookeeper/config` then holds. */
  reconfig: 16,
  checkWatches: 17,
  removeWatches: 18,
  createContainer: 19,
  /** Between servers: removes an empty container or a node after its time to live. No client may send it. */
  deleteContainer: 20,
  createTTL: 21,
  multiRead: 22,
  auth: 100,
  setWatches: 101,
  sasl: 102,
  getEphemerals: 103,
  getAllChildrenNumber: 104,
  setWatches2: 105,
  addWatch: 106,
  whoAmI: 107,
  error: -1,
  createSession: -10,
  closeSession: -11,
  /** Between servers: from here on the session has another connection, to this or to another server. */
  moveSession: -12,

  /** Any write, refused in the same transaction unless the token's grant is current. */
  guarded: 1000,
  /** Joins the line for a lock or an office. An empty line grants at once. */
  lineJoin: 1001,
  /** Leaves a line: to release, to resign or to give up waiting. Leaving twice is no error. */
  lineLeave: 1002,
  /** Reads the contender at the head of a line, optionally with a watch for the next change. */
  lineHolder: 1003,
  /** Reads where this session's contender stands in a line. */
  lineStatus: 1004,
  /** Enters a double barrier. */
  barrierEnter: 1005,
  /** Leaves a double barrier. Leaving twice is no error. */
  barrierLeave: 1006,
  /** `setWatches` with the native door's kinds of watch. */
  setNativeWatches: 1007,
  /** Reads a node's children in the order of their names, a page at a time. */
  listChildren: 1008,
} as const;

/** The numbers of the operations. */
export type OpCode = (typeof OpCode)[keyof typeof OpCode];

/** Request numbers with a meaning of their own; all others are positive. */
export const SpecialXid = { notification: -1, ping: -2, auth: -4, setWatches: -8 } as const;

/** The protocols that `ConnectRequest.protocolVersion` can ask for. ZooKeeper's clients send 0, and its servers always answer 0. */
export const ProtocolVersion = {
  zookeeper: 0,
  /** A native session: 64-bit request numbers, answers kept until confirmed, Conclave's own operations. */
  native: 1000,
  /** A second connection that only keeps an existing native session alive. */
  heartbeat: 1001,
} as const;

/** The WebSocket subprotocol of the native door. Messages are binary and carry the same stream of frames as TCP. */
export const WEBSOCKET_SUBPROTOCOL = 'conclave.v1';

/** The kinds of node that a create can ask for, as numbers on the wire. */
export const CreateFlag = {
  persistent: 0,
  ephemeral: 1,
  persistentSequential: 2,
  ephemeralSequential: 3,
  container: 4,
  persistentWithTtl: 5,
  persistentSequentialWithTtl: 6,
} as const;

/** The numbers of the kinds of node. */
export type CreateFlag = (typeof CreateFlag)[keyof typeof CreateFlag];

/** The kinds of event that a server pushes to its clients, as numbers on the wire. */
export const EventType = {
  none: -1,
  nodeCreated: 1,
  nodeDeleted: 2,
  nodeDataChanged: 3,
  nodeChildrenChanged: 4,
  // Client libraries report the next three to their callers when a watch is removed. No server sends them.
  dataWatchRemoved: 5,
  childWatchRemoved: 6,
  persistentWatchRemoved: 7,
  /** Native: the contender at `path` reached the head of its line. */
  granted: 1000,
  /** Native: the head of the line at `path` changed. */
  holderChanged: 1001,
  /** Native: what a persistent watch at `path` missed is not known any more. */
  gap: 1002,
} as const;

/** The numbers of the kinds of event. */
export type EventType = (typeof EventType)[keyof typeof EventType];

/** The state of the connection, as an event reports it. Events of Conclave always have `syncConnected`. */
export const KeeperState = {
  disconnected: 0,
  syncConnected: 3,
  authFailed: 4,
  connectedReadOnly: 5,
  saslAuthenticated: 6,
  closed: 7,
  expired: -112,
} as const;

/** The kinds of watch that `addWatch` sets. */
export const AddWatchMode = { persistent: 0, persistentRecursive: 1 } as const;

/** The numbers of the modes of `addWatch`. */
export type AddWatchMode = (typeof AddWatchMode)[keyof typeof AddWatchMode];

/** Which of a path's watches `checkWatches` and `removeWatches` mean. */
export const WatcherType = { children: 1, data: 2, any: 3, persistent: 4, persistentRecursive: 5 } as const;

/** The numbers of the types of watch. */
export type WatcherType = (typeof WatcherType)[keyof typeof WatcherType];

/** The rights that an ACL entry grants. They are bits: `permissions` is a sum of them. */
export const Permission = { read: 1, write: 2, create: 4, delete: 8, admin: 16, all: 31 } as const;
