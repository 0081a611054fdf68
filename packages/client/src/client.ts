import type { Acl, Identity, Stat, Zxid } from '@conclave/protocol';
import type { Answered, Command } from './operations/command.ts';
import type { EnsembleConfig } from './operations/ensemble-config.ts';
import type { MultiOperation, MultiResult } from './operations/multi.ts';
import type { MultiRead, MultiReadResult } from './operations/multi-read.ts';
import type { NodeData } from './operations/node-data.ts';
import type {
  CommandOptions,
  CreateOptions,
  EventOptions,
  FollowOptions,
  LookOptions,
  PageOptions,
  ReadOptions,
  SignalOptions,
  WriteOptions,
} from './operations/options.ts';
import type { Created, NodeAcl, NodeChildren, NodeContent } from './operations/results.ts';
import type { ResponseTo } from './response-to.ts';
import type { ClientState } from './session/client-state.ts';
import type { GrantCallback } from './session/grants.ts';
import type { EventWatch } from './watches/event-watch.ts';
import type { NodeWatch } from './watches/node-watch.ts';

/**
 * A session with an ensemble, and every operation on its tree. `connect` opens one.
 *
 * **Connections.** Calls made while no server is connected wait; pass a `signal` to limit the wait. When a connection
 * breaks, the client sends the requests that have no answer yet to the next server. Conclave's servers apply such a
 * request once, because every request has a number in its session. ZooKeeper's servers cannot do that, so against
 * them a write that was sent and not answered rejects with OUTCOME_UNKNOWN.
 *
 * **The end of the session.** Writes that were sent and not answered reject with OUTCOME_UNKNOWN. All other calls
 * reject with SESSION_EXPIRED or CLOSED.
 *
 * **Errors.** Every operation may reject with a `ConclaveError`. The codes that belong to one operation are named
 * there, except for NO_AUTH: the ACL of a node can forbid any operation on it.
 *
 * **Aborting.** An aborted call rejects with the reason of its signal. A write that was already sent is the
 * exception: it rejects with OUTCOME_UNKNOWN and has the reason as its `cause`, because it may happen nevertheless.
 */
export interface Client extends AsyncDisposable {
  /**
   * Creates a node. The path of a sequential node is a prefix and may end with `/`; the result has the full path.
   * Rejects with NODE_EXISTS, NO_NODE (there is no parent), NO_CHILDREN_FOR_EPHEMERALS, INVALID_ACL, QUOTA_EXCEEDED or
   * GRANT_OVER.
   */
  create(path: string, data?: NodeData, options?: CreateOptions): Promise<Created>;
  /** Deletes a node. Rejects with NO_NODE, BAD_VERSION, NOT_EMPTY or GRANT_OVER. */
  delete(path: string, options?: WriteOptions): Promise<void>;
  /** Reads the stat of a node, or `null` if there is no such node. A watch then waits for the node to be created. */
  exists(path: string, options?: ReadOptions): Promise<Stat | null>;
  /** Reads the data and the stat of a node. A node without data has empty data. Rejects with NO_NODE. */
  get(path: string, options?: ReadOptions): Promise<NodeContent>;
  /** Replaces the data of a node. Rejects with NO_NODE, BAD_VERSION, QUOTA_EXCEEDED or GRANT_OVER. */
  set(path: string, data: NodeData, options?: WriteOptions): Promise<Stat>;
  /** Reads the names of the children, in no particular order. Rejects with NO_NODE or ANSWER_TOO_LARGE. */
  children(path: string, options?: ReadOptions): Promise<NodeChildren>;
  /**
   * Reads the names of the children page by page, in the order of their UTF-16 code units, however many there are.
   * Each page is a read of its own and has the stat of that moment. A name is returned once if it exists all the
   * time. A name that comes or goes in between may be returned or not. ZooKeeper's servers have no pages, so against
   * them this is one read. Rejects with NO_NODE.
   *
   *     for await (const { children } of client.childPages('/jobs')) await Promise.all(children.map(start));
   */
  childPages(path: string, options?: PageOptions): AsyncIterableIterator<NodeChildren>;
  /** Counts the nodes below this one, at any depth. Rejects with NO_NODE. */
  countDescendants(path: string, options?: LookOptions): Promise<number>;
  /** Lists the session's own ephemeral nodes whose paths begin with the text of `prefix`. Default: all of them. */
  ephemerals(prefix?: string, options?: LookOptions): Promise<readonly string[]>;
  /**
   * Runs all operations in one transaction, or none of them. Rejects with `MultiError` if one of them is refused.
   */
  multi(operations: readonly MultiOperation[], options?: CommandOptions): Promise<MultiResult[]>;
  /**
   * Does several reads in one round trip, all of the same state of the tree. One that is refused does not fail the
   * others.
   */
  multiRead(reads: readonly MultiRead[], options?: LookOptions): Promise<MultiReadResult[]>;

  /** Reads the ACL of a node. Password hashes are left out without the permission `admin`. Rejects with NO_NODE. */
  getAcl(path: string, options?: LookOptions): Promise<NodeAcl>;
  /**
   * Replaces the ACL of a node. `version` is the version of the ACL, `stat.aversion`. Rejects with NO_NODE,
   * BAD_VERSION, INVALID_ACL or GRANT_OVER.
   */
  setAcl(path: string, acl: readonly Acl[], options?: WriteOptions): Promise<Stat>;
  /**
   * Adds an identity to the session, on this and every later connection. For the scheme `digest` the credential is
   * `user:password`. It applies to all calls made after this one. Rejects with AUTH_FAILED if the server does not know
   * the scheme or refuses the credential. The server then closes the connection, and the other requests without an
   * answer are sent again on the next one.
   */
  addAuth(scheme: string, credential: NodeData, options?: SignalOptions): Promise<void>;
  /**
   * Reads the identities of this session's connection, including its address. Of a `digest` identity it has the user
   * only.
   */
  whoAmI(options?: SignalOptions): Promise<readonly Identity[]>;
  /**
   * Reads the members of the ensemble. They are kept in the node `/zookeeper/config`, whatever the chroot is; `watch`
   * that path to follow them.
   */
  config(options?: ReadOptions): Promise<EnsembleConfig>;

  /**
   * Waits until this client's server has applied every write that was committed before the call. A Conclave leader
   * confirms its leadership with a quorum for it. ZooKeeper's sync, which is used against ZooKeeper's servers, does
   * not.
   */
  sync(path?: string, options?: SignalOptions): Promise<void>;
  /**
   * Follows a node across reconnections, and reports what it has become. The watch begins with this call, so a read
   * made after it leaves no gap.
   */
  watch(path: string, options?: FollowOptions): NodeWatch;
  /**
   * Reports every change, one by one: of a node and the list of its children, or of all nodes at and below `path`. The
   * watch begins with this call, so a read made after it leaves no gap.
   */
  watch(path: string, options: EventOptions): EventWatch;

  /**
   * Sends one of the operations that recipes are made of. `guard` applies to commands that write, `consistency` to
   * those that read, and `watch` to `lineHolder`. Rejects with UNSUPPORTED unless the session is native.
   */
  request<C extends Command>(
    command: C,
    options?: CommandOptions & ReadOptions,
  ): Promise<Answered<ResponseTo<C['op']>>>;
  /**
   * Calls back when the contender at `nodePath` reaches the head of its line, even if that happened before this call. A
   * grant made while the client was disconnected is not reported; send `lineStatus` in `onReconnected` to find out.
   * Returns a function that stops the callbacks.
   */
  onGranted(nodePath: string, callback: GrantCallback): () => void;
  /** Calls back after every reconnection that kept the session. Returns a function that stops the callbacks. */
  onReconnected(callback: () => void): () => void;

  /** The session as this client knows it. */
  readonly session: SessionView;
  /** The state of the session. */
  readonly state: ClientState;
  /** Calls back at every change of state. Returns a function that stops the callbacks. */
  onState(callback: (state: ClientState) => void): () => void;
  /** The present state and every change, up to the final one. A slow reader gets the latest 64 of them. */
  states(): AsyncIterableIterator<ClientState, undefined>;
  /**
   * Ends the session, so that its ephemeral nodes and grants are removed at once. Calls that were not sent reject
   * with CLOSED. Resolves after two seconds at most, or as soon as `signal` fires. If no server could be reached by
   * then, the session ends by its timeout. May be called again, and never rejects.
   */
  close(options?: SignalOptions): Promise<void>;
}

/** What this client knows of its session. Use `signal` and `safeUntil` to decide whether it may still act. */
export interface SessionView {
  /** The id that the ensemble gave to the session. */
  readonly id: bigint;
  /** The session timeout as negotiated with the server, in milliseconds. */
  readonly timeoutMs: number;
  /** The state of the session. */
  readonly state: ClientState;
  /** Whether the server speaks Conclave's own protocol. */
  readonly native: boolean;
  /** The newest transaction that any answer has reported. */
  readonly lastZxid: Zxid;
  /**
   * Until when the ensemble cannot have given anything that this session holds to another one, in milliseconds on the
   * clock of `performance.now()`. It is 90 % of the timeout after the latest proof that the session is alive. After a
   * blocked event loop, a program can compare it before it acts. `signal` fires no later than this moment, or as soon
   * as the event loop runs again.
   */
  readonly safeUntil: number;
  /**
   * Aborts when the session is over, when it can no longer be proved to be alive, and before `close` ends it. The
   * reason is a `ConclaveError`.
   */
  readonly signal: AbortSignal;
}
