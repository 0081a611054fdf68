import {
  type Acl,
  CONFIG_PATH,
  type Identity,
  type MultiReadRequest,
  OpCode,
  type ReadRequest,
  type Stat,
  type UnguardedWrite,
} from '@conclave/protocol';
import type { Client, SessionView } from './client.ts';
import { ConclaveError, isConclaveError } from './errors.ts';
import { callGuarded } from './events/listeners.ts';
import { nativePages, PAGE_SIZE, slicedPages } from './operations/child-pages.ts';
import type { Answered, Command } from './operations/command.ts';
import { createRecord } from './operations/create-record.ts';
import { DataSlab } from './operations/data-slab.ts';
import { type EnsembleConfig, parseEnsembleConfig } from './operations/ensemble-config.ts';
import { fromRecords, type MultiOperation, type MultiResult, toRecord } from './operations/multi.ts';
import {
  fromReadRecords,
  type MultiRead,
  type MultiReadResult,
  toReadRecord,
} from './operations/multi-read.ts';
import { type NodeData, toBytes } from './operations/node-data.ts';
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
import { createMissingParents } from './operations/parents.ts';
import { mustBeNewPath, mustBePath } from './operations/path-argument.ts';
import type { Created, NodeAcl, NodeChildren, NodeContent } from './operations/results.ts';
import { mustAnswer, type ResponseTo } from './response-to.ts';
import type { Reply } from './session/call.ts';
import type { ClientState } from './session/client-state.ts';
import type { GrantCallback } from './session/grants.ts';
import type { Session } from './session/session.ts';
import { StateStream } from './session/state-stream.ts';
import { EVENTS_WAITING_MAX, EventWatch } from './watches/event-watch.ts';
import { NodeWatch } from './watches/node-watch.ts';
import { type WatchEvent, watchEventTypeOf } from './watches/watch-event.ts';
import type { WatchCallback } from './watches/watch-registry.ts';
import { SessionWatchSource } from './watches/watch-source.ts';

const NO_DATA = new Uint8Array(0);
/** As many names as fit into the smallest frame that a server can be configured to use. */
const PAGE_SIZE_MAX = 100_000;

/** The public operations, as requests of a session. */
export class ConclaveClient implements Client {
  readonly #session: Session;
  readonly #slab = new DataSlab();

  constructor(session: Session) {
    this.#session = session;
  }

  get session(): SessionView {
    return this.#session;
  }

  get state(): ClientState {
    return this.#session.state;
  }

  async create(path: string, data: NodeData = null, options: CreateOptions = {}): Promise<Created> {
    const { mode, acl, ttlMs, guard, signal } = options;
    mustBeNewPath(path, mode);
    const write = createRecord({ path, data, mode, acl, ttlMs });
    for (;;) {
      try {
        const created = mustAnswer((await this.#write(write, options)).response, write.op);
        return { path: created.path, stat: created.stat };
      } catch (error) {
        if (options.parents !== true || !isConclaveError(error) || error.code !== 'NO_NODE') throw error;
        await createMissingParents((parent) => this.create(parent, null, { guard, signal }), path);
      }
    }
  }

  async delete(path: string, options: WriteOptions = {}): Promise<void> {
    mustBePath(path);
    await this.#write({ op: OpCode.delete, path, version: options.version ?? -1 }, options);
  }

  async exists(path: string, options: ReadOptions = {}): Promise<Stat | null> {
    mustBePath(path);
    const op = OpCode.exists;
    try {
      const reply = await this.#read({ op, path, watch: options.watch !== undefined }, options);
      return mustAnswer(reply.response, op).stat;
    } catch (error) {
      if (isConclaveError(error) && error.code === 'NO_NODE') return null;
      throw error;
    }
  }

  async get(path: string, options: ReadOptions = {}): Promise<NodeContent> {
    mustBePath(path);
    const op = OpCode.getData;
    const reply = await this.#read({ op, path, watch: options.watch !== undefined }, options);
    const { data, stat } = mustAnswer(reply.response, op);
    return { data: data === null ? NO_DATA : this.#slab.copy(data), stat };
  }

  async set(path: string, data: NodeData, options: WriteOptions = {}): Promise<Stat> {
    mustBePath(path);
    const op = OpCode.setData;
    const reply = await this.#write(
      { op, path, data: toBytes(data), version: options.version ?? -1 },
      options,
    );
    return mustAnswer(reply.response, op).stat;
  }

  async children(path: string, options: ReadOptions = {}): Promise<NodeChildren> {
    mustBePath(path);
    const op = OpCode.getChildren2;
    const reply = await this.#read({ op, path, watch: options.watch !== undefined }, options);
    const { children, stat } = mustAnswer(reply.response, op);
    return { children, stat };
  }

  async multi(operations: readonly MultiOperation[], options: CommandOptions = {}): Promise<MultiResult[]> {
    for (const operation of operations) {
      mustBeNewPath(operation.path, operation.type === 'create' ? operation.mode : undefined);
    }
    const op = OpCode.multi;
    const { response, zxid } = await this.#write({ op, operations: operations.map(toRecord) }, options);
    return fromRecords(operations, mustAnswer(response, op).results, zxid);
  }

  async multiRead(reads: readonly MultiRead[], options: LookOptions = {}): Promise<MultiReadResult[]> {
    for (const { path } of reads) mustBePath(path);
    const op = OpCode.multiRead;
    const { response, zxid } = await this.#look({ op, operations: reads.map(toReadRecord) }, options);
    return fromReadRecords(reads, mustAnswer(response, op).results, zxid, (data) => this.#slab.copy(data));
  }

  childPages(path: string, options: PageOptions = {}): AsyncIterableIterator<NodeChildren> {
    mustBePath(path);
    const { pageSize = PAGE_SIZE, ...read } = options;
    if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > PAGE_SIZE_MAX) {
      throw new ConclaveError('INVALID_ARGUMENT', `pageSize: ${pageSize} is not from 1 to ${PAGE_SIZE_MAX}`);
    }
    if (!this.#session.native) return slicedPages(() => this.children(path, read), pageSize);
    const op = OpCode.listChildren;
    return nativePages((after) => this.#look({ op, path, after, limit: pageSize, watch: false }, read));
  }

  async countDescendants(path: string, options: LookOptions = {}): Promise<number> {
    mustBePath(path);
    const op = OpCode.getAllChildrenNumber;
    return mustAnswer((await this.#look({ op, path }, options)).response, op).total;
  }

  async ephemerals(prefix = '/', options: LookOptions = {}): Promise<readonly string[]> {
    mustBePath(prefix);
    const op = OpCode.getEphemerals;
    return mustAnswer((await this.#look({ op, path: prefix }, options)).response, op).ephemerals;
  }

  async getAcl(path: string, options: LookOptions = {}): Promise<NodeAcl> {
    mustBePath(path);
    const op = OpCode.getACL;
    const { acl, stat } = mustAnswer((await this.#look({ op, path }, options)).response, op);
    return { acl, stat };
  }

  async setAcl(path: string, acl: readonly Acl[], options: WriteOptions = {}): Promise<Stat> {
    mustBePath(path);
    const op = OpCode.setACL;
    const reply = await this.#write({ op, path, acl, version: options.version ?? -1 }, options);
    return mustAnswer(reply.response, op).stat;
  }

  addAuth(scheme: string, credential: NodeData, options: SignalOptions = {}): Promise<void> {
    return this.#session.authenticate(scheme, toBytes(credential), options.signal);
  }

  async whoAmI(options: SignalOptions = {}): Promise<readonly Identity[]> {
    const op = OpCode.whoAmI;
    return mustAnswer((await this.#session.perform({ op }, options)).response, op).identities;
  }

  async config(options: ReadOptions = {}): Promise<EnsembleConfig> {
    const { data, stat } = await this.get(CONFIG_PATH, options);
    return parseEnsembleConfig(new TextDecoder().decode(data), stat);
  }

  async sync(path = '/', options: SignalOptions = {}): Promise<void> {
    mustBePath(path);
    await this.#session.perform({ op: OpCode.sync, path }, { signal: options.signal });
  }

  watch(path: string, options: EventOptions): EventWatch;
  watch(path: string, options?: FollowOptions): NodeWatch;
  watch(path: string, options: FollowOptions | EventOptions = {}): NodeWatch | EventWatch {
    mustBePath(path);
    const signals = [this.#session.signal, options.signal];
    if ('recursive' in options) {
      const { recursive, waitingMax = EVENTS_WAITING_MAX } = options;
      return new EventWatch(this.#session, path, recursive, waitingMax, signals);
    }
    const { kind = 'data' } = options;
    if (kind === 'holder') this.#mustBeNative();
    return new NodeWatch(path, new SessionWatchSource(this.#session, kind, path), signals);
  }

  async request<C extends Command>(
    command: C,
    options: CommandOptions & ReadOptions = {},
  ): Promise<Answered<ResponseTo<C['op']>>> {
    this.#mustBeNative();
    mustBePath(command.path);
    const { response, zxid } = await this.#perform(command, options);
    return { ...mustAnswer<C['op']>(response, command.op), zxid };
  }

  onGranted(nodePath: string, callback: GrantCallback): () => void {
    const { grants } = this.#session;
    let listening = true;
    const listener: GrantCallback = (grant) => {
      if (listening) callback(grant);
    };
    grants.listen(nodePath, listener);
    const early = grants.claim(nodePath);
    if (early !== undefined) queueMicrotask(() => callGuarded(listener, early));
    return () => {
      listening = false;
      grants.unlisten(nodePath, listener);
    };
  }

  onReconnected(callback: () => void): () => void {
    return this.#session.reconnectedListeners.add(callback);
  }

  onState(callback: (state: ClientState) => void): () => void {
    return this.#session.stateListeners.add(callback);
  }

  states(): AsyncIterableIterator<ClientState, undefined> {
    return new StateStream(this.#session.state, (callback) => this.onState(callback));
  }

  close(options: SignalOptions = {}): Promise<void> {
    return this.#session.close(options.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #perform(command: Command, options: CommandOptions & ReadOptions): Promise<Reply> {
    switch (command.op) {
      case OpCode.lineHolder:
        return this.#read({ ...command, watch: options.watch !== undefined }, options);
      case OpCode.lineStatus:
        return this.#read(command, options);
      default:
        return this.#write(command, options);
    }
  }

  #read(request: Exclude<ReadRequest, MultiReadRequest>, options: ReadOptions & LookOptions): Promise<Reply> {
    const { watch, signal, consistency = 'linearizable' } = options;
    return this.#session.perform(request, {
      linearizable: consistency === 'linearizable',
      watch: watch === undefined ? undefined : oneShotWatch(request.path, watch),
      signal,
    });
  }

  #look(request: ReadRequest, options: LookOptions): Promise<Reply> {
    const { signal, consistency = 'linearizable' } = options;
    return this.#session.perform(request, { linearizable: consistency === 'linearizable', signal });
  }

  #write(write: UnguardedWrite, options: CommandOptions): Promise<Reply> {
    const { guard, signal } = options;
    if (guard === undefined) return this.#session.perform(write, { signal });
    this.#mustBeNative();
    mustBePath(guard.path);
    const { path, token } = guard;
    return this.#session.perform({ op: OpCode.guarded, path, token, write }, { signal });
  }

  #mustBeNative(): void {
    if (!this.#session.native) {
      throw new ConclaveError(
        'UNSUPPORTED',
        "only Conclave's servers support this operation, and this session is not with one",
      );
    }
  }
}

function oneShotWatch(path: string, onEvent: (event: WatchEvent) => void): WatchCallback {
  return (eventType, zxid) => {
    const type = watchEventTypeOf(eventType);
    if (type !== undefined) onEvent({ type, path, zxid });
  };
}
