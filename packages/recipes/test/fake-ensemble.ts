import {
  type Answered,
  type Client,
  type Command,
  ConclaveError,
  type Grant,
  type GrantCallback,
  joinPath,
  OpCode,
  type ReadOptions,
  type ResponseTo,
  type Stat,
  type WatchEvent,
  type Zxid,
} from '@conclave/client';

interface FakeNode {
  readonly path: string;
  readonly czxid: number;
  readonly owner: FakeClient | undefined;
  readonly data: Uint8Array | null;
}

/** Lines and barriers, implemented in the obvious way, with connections that break at the worst moments. */
export class FakeEnsemble {
  readonly nodes = new Map<string, FakeNode>();
  readonly log: string[] = [];
  #zxid = 100;
  readonly #watches: { readonly path: string; readonly fire: (event: WatchEvent) => void }[] = [];

  connect(options: { readonly native?: boolean } = {}): FakeClient {
    return new FakeClient(this, options.native ?? true);
  }

  childrenOf(path: string): FakeNode[] {
    const prefix = `${path}/`;
    return [...this.nodes.values()].filter(
      (node) => node.path.startsWith(prefix) && !node.path.slice(prefix.length).includes('/'),
    );
  }

  create(path: string, owner: FakeClient | undefined, data: Uint8Array | null = null): FakeNode {
    const node = { path, czxid: ++this.#zxid, owner, data };
    this.nodes.set(path, node);
    this.#fire(path, 'created');
    return node;
  }

  remove(node: FakeNode): void {
    const line = lineOf(node.path);
    const before = this.head(line);
    if (!this.nodes.delete(node.path)) return;
    this.#zxid++;
    this.#fire(node.path, 'deleted');
    const after = this.head(line);
    if (after !== undefined && after !== before) after.owner?.push(after.path);
  }

  head(line: string): FakeNode | undefined {
    return this.childrenOf(line).filter(({ path }) => /lock-|latch-|__lock__/.test(path))[0];
  }

  watch(path: string, fire: (event: WatchEvent) => void): void {
    this.#watches.push({ path, fire });
  }

  apply(client: FakeClient, command: Command): unknown {
    const { op, path } = command;
    switch (op) {
      case OpCode.lineJoin: {
        const position = this.childrenOf(path).length;
        if (!command.wait && position > 0) return { op, granted: false, node: '', token: 0, position };
        const number = String(this.#zxid).padStart(10, '0');
        const node = this.create(joinPath(path, command.prefix + number), client, command.data);
        return { op, granted: position === 0, node: node.path, token: node.czxid, position };
      }
      case OpCode.lineLeave: {
        const node = this.#contender(client, path, command.prefix);
        if (node !== undefined) this.remove(node);
        return { op };
      }
      case OpCode.lineStatus: {
        const node = this.#contender(client, path, command.prefix);
        if (node === undefined) return { op, granted: false, node: '', token: 0, position: 0 };
        return { op, granted: this.head(path) === node, node: node.path, token: node.czxid, position: 0 };
      }
      case OpCode.lineHolder: {
        const head = this.head(path);
        if (head === undefined) return { op, node: '', token: 0, session: 0n, data: null };
        return { op, node: head.path, token: head.czxid, session: head.owner?.session.id, data: head.data };
      }
      case OpCode.barrierEnter: {
        const ready = joinPath(path, 'ready');
        if (this.nodes.has(ready)) throw new ConclaveError('BARRIER_CLOSED', 'closed', { path });
        this.create(joinPath(path, command.name), client);
        const present = this.childrenOf(path).length;
        const opened = present >= command.parties ? this.create(ready, undefined).czxid : 0;
        return { op, opened, present };
      }
      case OpCode.barrierLeave: {
        const ready = this.nodes.get(joinPath(path, 'ready'));
        const own = this.nodes.get(joinPath(path, command.name));
        if (own !== undefined) this.remove(own);
        const remaining = this.childrenOf(path).length - (ready === undefined ? 0 : 1);
        if (remaining === 0 && ready !== undefined) this.remove(ready);
        return { op, opened: ready?.czxid ?? 0, remaining };
      }
      default:
        throw new Error(`unexpected ${JSON.stringify(command satisfies never)}`);
    }
  }

  get zxid(): Zxid {
    return this.#zxid as Zxid;
  }

  #contender(client: FakeClient, path: string, prefix: string): FakeNode | undefined {
    return this.childrenOf(path).find(
      (node) => node.owner === client && node.path.startsWith(joinPath(path, prefix)),
    );
  }

  #fire(path: string, type: 'created' | 'deleted'): void {
    for (let i = this.#watches.length - 1; i >= 0; i--) {
      if (this.#watches[i]?.path !== path) continue;
      for (const { fire } of this.#watches.splice(i, 1)) fire({ type, path, zxid: this.zxid });
    }
  }
}

interface Flight {
  readonly name: string;
  readonly perform: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly isWrite: boolean;
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
  sent: boolean;
}

/**
 * A client with a connection that the test can cut: before requests arrive, or after, so that their answers are lost.
 */
export class FakeClient implements Client {
  readonly ensemble: FakeEnsemble;
  readonly #end = new AbortController();
  readonly #flights: Flight[] = [];
  readonly #grantListeners = new Map<string, Set<GrantCallback>>();
  readonly #unclaimed = new Map<string, Grant>();
  readonly #reconnected = new Set<() => void>();
  #connected = true;
  #answering = true;
  readonly session;

  constructor(ensemble: FakeEnsemble, native: boolean) {
    this.ensemble = ensemble;
    const { signal } = this.#end;
    this.session = {
      id: BigInt(++sessions),
      timeoutMs: 10_000,
      state: 'connected',
      native,
      lastZxid: 0 as Zxid,
      safeUntil: 12_345,
      signal,
    } as const;
  }

  get state() {
    return this.#end.signal.aborted ? ('expired' as const) : ('connected' as const);
  }

  /** From now on nothing arrives, in either direction. */
  disconnect(): void {
    this.#connected = false;
  }

  /** From now on requests arrive and are done, and answers and pushes are lost with the connection. */
  loseAnswers(): void {
    this.#answering = false;
  }

  /** Sends the requests in flight again. Those that were done already get their first answer. */
  reconnect(): void {
    this.#connected = true;
    this.#answering = true;
    this.#deliver();
    for (const callback of this.#reconnected) callback();
  }

  /** Ends the session, first in the client and then in the ensemble. */
  expire(): void {
    const error = new ConclaveError('SESSION_EXPIRED', 'the session has expired');
    this.#end.abort(error);
    for (const flight of this.#flights.splice(0)) flight.reject(error);
    for (const node of [...this.ensemble.nodes.values()]) if (node.owner === this) this.ensemble.remove(node);
  }

  push(nodePath: string): void {
    if (!this.#connected || !this.#answering) return;
    const listeners = this.#grantListeners.get(nodePath);
    const grant = { path: nodePath, zxid: this.ensemble.zxid };
    if (listeners === undefined) this.#unclaimed.set(nodePath, grant);
    else for (const listener of [...listeners]) listener(grant);
  }

  request<C extends Command>(
    command: C,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<Answered<ResponseTo<C['op']>>> {
    const name = Object.entries(OpCode).find(([, number]) => number === command.op)?.[0] ?? '';
    const isWrite = command.op !== OpCode.lineHolder && command.op !== OpCode.lineStatus;
    return this.#send(name, isWrite, signal, () => {
      const answer = this.ensemble.apply(this, command) as ResponseTo<C['op']>;
      return { ...answer, zxid: this.ensemble.zxid };
    });
  }

  exists(path: string, { watch, signal }: ReadOptions = {}): Promise<Stat | null> {
    return this.#send('exists', false, signal, () => {
      const node = this.ensemble.nodes.get(path);
      if (watch !== undefined) this.ensemble.watch(path, watch);
      return (node === undefined ? null : { czxid: node.czxid }) as Stat | null;
    });
  }

  create(path: string) {
    return this.#send('create', true, undefined, () => {
      if (this.ensemble.nodes.has(path)) throw new ConclaveError('NODE_EXISTS', 'exists', { path });
      this.ensemble.create(path, undefined);
      return { path, stat: {} as Stat };
    });
  }

  delete(path: string): Promise<void> {
    return this.#send('delete', true, undefined, () => {
      const node = this.ensemble.nodes.get(path);
      if (node === undefined) throw new ConclaveError('NO_NODE', 'none', { path });
      this.ensemble.remove(node);
    });
  }

  onGranted(nodePath: string, callback: GrantCallback): () => void {
    const listeners = this.#grantListeners.get(nodePath) ?? new Set();
    this.#grantListeners.set(nodePath, listeners.add(callback));
    const early = this.#unclaimed.get(nodePath);
    this.#unclaimed.delete(nodePath);
    if (early !== undefined) queueMicrotask(() => callback(early));
    return () => listeners.delete(callback);
  }

  onReconnected(callback: () => void): () => void {
    this.#reconnected.add(callback);
    return () => this.#reconnected.delete(callback);
  }

  get listeners(): number {
    return this.#reconnected.size + [...this.#grantListeners.values()].reduce((n, { size }) => n + size, 0);
  }

  get = notFaked;
  set = notFaked;
  children = notFaked;
  multi = notFaked;
  multiRead = notFaked;
  childPages = notFaked;
  countDescendants = notFaked;
  ephemerals = notFaked;
  getAcl = notFaked;
  setAcl = notFaked;
  addAuth = notFaked;
  whoAmI = notFaked;
  config = notFaked;
  sync = notFaked;
  close = notFaked;
  [Symbol.asyncDispose] = notFaked;
  states = notFaked;
  onState = notFaked;
  watch: Client['watch'] = notFaked;

  #send<T>(name: string, isWrite: boolean, signal: AbortSignal | undefined, perform: () => T): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#end.signal.aborted) return Promise.reject(this.#end.signal.reason);
    return new Promise<T>((resolve, reject) => {
      const settle = resolve as (value: unknown) => void;
      const flight: Flight = {
        name,
        perform,
        resolve: settle,
        reject,
        isWrite,
        outcome: undefined,
        sent: false,
      };
      this.#flights.push(flight);
      signal?.addEventListener('abort', () => {
        if (flight.sent && isWrite) {
          reject(new ConclaveError('OUTCOME_UNKNOWN', 'unknown', { cause: signal.reason }));
          return;
        }
        if (!flight.sent) this.#flights.splice(this.#flights.indexOf(flight), 1);
        reject(signal.reason);
      });
      queueMicrotask(() => this.#deliver());
    });
  }

  #deliver(): void {
    if (!this.#connected) return;
    for (const flight of [...this.#flights]) {
      flight.sent = true;
      flight.outcome ??= this.#perform(flight);
      if (!this.#answering) continue;
      this.#flights.splice(this.#flights.indexOf(flight), 1);
      if ('error' in flight.outcome) flight.reject(flight.outcome.error);
      else flight.resolve(flight.outcome.value);
    }
  }

  #perform(flight: Flight): NonNullable<Flight['outcome']> {
    this.ensemble.log.push(`${this.session.id} ${flight.name}`);
    try {
      return { value: flight.perform() };
    } catch (error) {
      return { error };
    }
  }
}

let sessions = 0;

function notFaked(): never {
  throw new Error('not faked');
}

function lineOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
