import {
  type MultiReadRequest,
  OPEN_ACL,
  OpCode,
  pathProblem,
  type ReadRequest,
  type Stat,
  sequentialPathProblem,
  type UnguardedWrite,
  type WriteRequest,
} from '@conclave/protocol';
import type { Reply } from './call.ts';
import type {
  Answered,
  Client,
  Command,
  CommandOptions,
  Created,
  CreateOptions,
  FollowOptions,
  LookOptions,
  NodeChildren,
  NodeContent,
  ReadOptions,
  SessionView,
  SignalOptions,
  WriteOptions,
} from './client.ts';
import type { ClientState } from './client-state.ts';
import { DataSlab } from './data-slab.ts';
import { ConclaveError, isConclaveError } from './errors.ts';
import type { GrantCallback } from './grants.ts';
import { callGuarded } from './listeners.ts';
import { fromRecords, type MultiOperation, type MultiResult, toRecord } from './multi.ts';
import { createFlags, isSequential, type NodeData, toBytes } from './node-data.ts';
import { NodeWatch } from './node-watch.ts';
import { createMissingParents } from './parents.ts';
import { mustAnswer, type ResponseTo } from './response-to.ts';
import type { Session } from './session.ts';
import { StateStream } from './state-stream.ts';
import { type WatchEvent, watchEventTypeOf } from './watch-event.ts';
import type { WatchCallback } from './watch-registry.ts';
import { SessionWatchSource } from './watch-source.ts';

const NO_DATA = new Uint8Array(0);

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
    const { mode, acl = OPEN_ACL } = options;
    if (isSequential(mode)) mustBeSequentialPath(path);
    else mustBePath(path);
    const op = OpCode.create2;
    const write: WriteRequest = { op, path, data: toBytes(data), acl, flags: createFlags(mode) };
    for (;;) {
      try {
        const created = mustAnswer((await this.#write(write, options)).response, op);
        return { path: created.path, stat: created.stat };
      } catch (error) {
        if (options.parents !== true || !isConclaveError(error) || error.code !== 'NO_NODE') throw error;
        await createMissingParents(this, path, options);
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
      if (operation.type === 'create' && isSequential(operation.mode)) mustBeSequentialPath(operation.path);
      else mustBePath(operation.path);
    }
    const op = OpCode.multi;
    const { response, zxid } = await this.#write({ op, operations: operations.map(toRecord) }, options);
    return fromRecords(operations, mustAnswer(response, op).results, zxid);
  }

  async sync(path = '/', options: SignalOptions = {}): Promise<void> {
    mustBePath(path);
    await this.#session.perform({ op: OpCode.sync, path }, { signal: options.signal });
  }

  watch(path: string, options: FollowOptions = {}): NodeWatch {
    mustBePath(path);
    const { kind = 'data', signal } = options;
    if (kind === 'holder') this.#mustBeNative();
    return new NodeWatch(path, new SessionWatchSource(this.#session, kind, path), [
      this.#session.signal,
      signal,
    ]);
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
      throw new ConclaveError('UNSUPPORTED', "only Conclave's servers have this operation");
    }
  }
}

function oneShotWatch(path: string, onEvent: (event: WatchEvent) => void): WatchCallback {
  return (eventType, zxid) => {
    const type = watchEventTypeOf(eventType);
    if (type !== undefined) onEvent({ type, path, zxid });
  };
}

function mustBePath(path: string): void {
  const problem = pathProblem(path);
  if (problem !== undefined) throw invalidPath(path, problem);
}

/** The path of a sequential node may end with "/": the number follows. */
function mustBeSequentialPath(path: string): void {
  const problem = sequentialPathProblem(path);
  if (problem !== undefined) throw invalidPath(path, problem);
}

function invalidPath(path: string, problem: string): ConclaveError {
  return new ConclaveError('INVALID_PATH', `${JSON.stringify(path)}: ${problem}`, { path });
}
