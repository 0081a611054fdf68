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
 * A session with an ensemble, and every operation on its tree.
 *
 * Calls made while no server is connected wait; give them a `signal` where that must end. When a connection breaks,
 * what is on its way is sent again to the next server. On Conclave that is invisible: every request has its number
 * in the session and takes effect once. On ZooKeeper's servers a write that was on its way rejects with
 * OUTCOME_UNKNOWN. When the session ends, writes on their way reject with OUTCOME_UNKNOWN everywhere, and all other
 * calls with SESSION_EXPIRED or CLOSED.
 *
 * Every operation may reject with `ConclaveError`; the codes that belong to one are named there, but for NO_AUTH: who
 * may do what with a node its ACL tells. An aborted call
 * rejects with the signal's reason, except for a write that was sent: that is OUTCOME_UNKNOWN, with the reason as
 * its cause, because it may have happened all the same.
 */
export interface Client extends AsyncDisposable {
  /**
   * Creates a node. The path of a sequential node is a prefix and may end with `/`; the result tells the whole.
   * NODE_EXISTS, NO_NODE (no parent), NO_CHILDREN_FOR_EPHEMERALS, INVALID_ACL, QUOTA_EXCEEDED, GRANT_OVER.
   */
  create(path: string, data?: NodeData, options?: CreateOptions): Promise<Created>;
  /** NO_NODE, BAD_VERSION, NOT_EMPTY, GRANT_OVER. */
  delete(path: string, options?: WriteOptions): Promise<void>;
  /** `null` when there is no such node; a watch then waits for its creation. */
  exists(path: string, options?: ReadOptions): Promise<Stat | null>;
  /** NO_NODE. A node without data has empty data. */
  get(path: string, options?: ReadOptions): Promise<NodeContent>;
  /** NO_NODE, BAD_VERSION, QUOTA_EXCEEDED, GRANT_OVER. */
  set(path: string, data: NodeData, options?: WriteOptions): Promise<Stat>;
  /** The names of the children, in no order. NO_NODE, ANSWER_TOO_LARGE. */
  children(path: string, options?: ReadOptions): Promise<NodeChildren>;
  /**
   * The names of the children in the order of their code units, a page at a time, however many there are. Each page is
   * a read of its own, and tells the stat as it was then: what came and went in between may be told or not, and what
   * was there all the time is told once. ZooKeeper's servers know no pages: there it is one read. NO_NODE.
   *
   *     for await (const { children } of client.childPages('/jobs')) await Promise.all(children.map(start));
   */
  childPages(path: string, options?: PageOptions): AsyncIterableIterator<NodeChildren>;
  /** How many nodes are below this one, at any depth. NO_NODE. */
  countDescendants(path: string, options?: LookOptions): Promise<number>;
  /** The session's own ephemeral nodes whose paths begin with the text of `prefix`; all by default. */
  ephemerals(prefix?: string, options?: LookOptions): Promise<readonly string[]>;
  /** All of the operations in one transaction, or none of them: then it rejects with `MultiError`. */
  multi(operations: readonly MultiOperation[], options?: CommandOptions): Promise<MultiResult[]>;
  /** Several reads in one trip, of one state of the tree. Each succeeds or is refused for itself. */
  multiRead(reads: readonly MultiRead[], options?: LookOptions): Promise<MultiReadResult[]>;

  /** Without the permission `admin` the hashes of passwords are left out. NO_NODE. */
  getAcl(path: string, options?: LookOptions): Promise<NodeAcl>;
  /** `version` is the ACL's: `stat.aversion`. NO_NODE, BAD_VERSION, INVALID_ACL, GRANT_OVER. */
  setAcl(path: string, acl: readonly Acl[], options?: WriteOptions): Promise<Stat>;
  /**
   * Takes one more identity for the rest of the session, on this and every later connection: `digest` with
   * `user:password`. It holds for all calls made after this one. AUTH_FAILED: the server does not know the scheme or
   * refuses the credential; it then closes the connection, so that other calls on their way are sent again.
   */
  addAuth(scheme: string, credential: NodeData, options?: SignalOptions): Promise<void>;
  /** The identities of this session's connection, its address among them; of a digest only the user is told. */
  whoAmI(options?: SignalOptions): Promise<readonly Identity[]>;
  /**
   * The members of the ensemble. It is the node `/zookeeper/config`, whatever the chroot is: `watch` that path to
   * follow it.
   */
  config(options?: ReadOptions): Promise<EnsembleConfig>;

  /**
   * Waits until this client's server has seen all that was committed before the call. On Conclave the leader proves
   * its leadership by a quorum for it; on ZooKeeper's servers it is ZooKeeper's sync, which does not.
   */
  sync(path?: string, options?: SignalOptions): Promise<void>;
  /**
   * Follows a node across reconnections, from now on: it is armed by this call, so that a read made after it and
   * the changes it tells leave no gap.
   */
  watch(path: string, options?: FollowOptions): NodeWatch;
  /**
   * Tells every change from now on, one by one: of a node and of its children's coming and going, or of everything at
   * and below `path`. It is armed by this call as well.
   */
  watch(path: string, options: EventOptions): EventWatch;

  /**
   * The operations that recipes are made of, each answered by its own record. `guard` is for those that write,
   * `consistency` for those that look, `watch` for `lineHolder`. Native sessions only: UNSUPPORTED elsewhere.
   */
  request<C extends Command>(
    command: C,
    options?: CommandOptions & ReadOptions,
  ): Promise<Answered<ResponseTo<C['op']>>>;
  /**
   * Calls back when the contender at `nodePath` reaches the head of its line, also when it did so before this call.
   * A grant made while disconnected is not told: ask with `lineStatus` in `onReconnected`. Returns what ends it.
   */
  onGranted(nodePath: string, callback: GrantCallback): () => void;
  /** Calls back after every reconnection that kept the session. Returns what ends it. */
  onReconnected(callback: () => void): () => void;

  readonly session: SessionView;
  readonly state: ClientState;
  /** Calls back at every change of state. Returns what ends it. */
  onState(callback: (state: ClientState) => void): () => void;
  /** The state now and every change, up to the final one. Of more than 64 that wait, the oldest are left out. */
  states(): AsyncIterableIterator<ClientState, undefined>;
  /**
   * Ends the session: its ephemeral nodes and grants go at once. Calls that were not sent reject with CLOSED. Takes
   * no longer than two seconds, or until the signal fires; a session whose end could not be told then ends by its
   * timeout. Idempotent, and never rejects.
   */
  close(options?: SignalOptions): Promise<void>;
}

/** What this client knows of its session. "May I act, and until when?" is `signal` and `safeUntil`. */
export interface SessionView {
  readonly id: bigint;
  /** As negotiated. */
  readonly timeoutMs: number;
  readonly state: ClientState;
  /** Whether the server speaks Conclave's own protocol. */
  readonly native: boolean;
  /** The newest transaction that an answer has told of. */
  readonly lastZxid: Zxid;
  /**
   * Until when nothing that the session holds can have been given to anybody else, in milliseconds on the clock of
   * `performance.now()`: 90 % of the timeout after the latest proof of life. A program that was blocked may compare
   * before it acts; `signal` fires no later than this moment, or as soon as the loop runs again.
   */
  readonly safeUntil: number;
  /** Aborts when the session is over or can no longer be proved to be alive, and before `close` gives it up. */
  readonly signal: AbortSignal;
}
