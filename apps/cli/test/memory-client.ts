import {
  type Client,
  type Command,
  ConclaveError,
  type ConclaveErrorCode,
  type CreateOptions,
  type NodeData,
  type ReadOptions,
  type Stat,
  type WatchEvent,
  type WatchEventType,
  type WriteOptions,
  type Zxid,
} from '@conclave/client';

interface MemoryNode {
  data: Uint8Array;
  stat: Stat;
}

/** A tree in memory, for commands that need one behind them. */
export class MemoryTree {
  readonly nodes = new Map<string, MemoryNode>();
  #zxid = 0x100000000;
  #watches: { readonly path: string; readonly fire: (event: WatchEvent) => void }[] = [];

  constructor(nodes: Readonly<Record<string, string>> = {}) {
    this.put('/', '');
    for (const [path, data] of Object.entries(nodes)) this.put(path, data);
  }

  put(path: string, data: string | Uint8Array, ephemeralOwner = 0n): MemoryNode {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const zxid = ++this.#zxid as Zxid;
    const old = this.nodes.get(path);
    const time = Date.UTC(2026, 0, 2, 3, 4, 5);
    const stat: Stat = {
      czxid: old?.stat.czxid ?? zxid,
      mzxid: zxid,
      ctime: time,
      mtime: time,
      version: old === undefined ? 0 : old.stat.version + 1,
      cversion: 0,
      aversion: 0,
      ephemeralOwner,
      dataLength: bytes.length,
      numChildren: 0,
      pzxid: zxid,
    };
    const node = { data: bytes, stat };
    this.nodes.set(path, node);
    this.#fire(path, old === undefined ? 'created' : 'dataChanged');
    if (old === undefined) this.#fire(parentOf(path), 'childrenChanged');
    return node;
  }

  remove(path: string): void {
    this.nodes.delete(path);
    this.#fire(path, 'deleted');
  }

  must(path: string): MemoryNode {
    const node = this.nodes.get(path);
    if (node === undefined) throw failure('NO_NODE', path, 'no such node');
    return node;
  }

  childrenOf(path: string): string[] {
    return [...this.nodes.keys()]
      .filter((other) => other !== '/' && parentOf(other) === path)
      .map((other) => other.slice(other.lastIndexOf('/') + 1));
  }

  statOf(path: string): Stat {
    return { ...this.must(path).stat, numChildren: this.childrenOf(path).length };
  }

  watch(path: string, fire: ((event: WatchEvent) => void) | undefined): void {
    if (fire !== undefined) this.#watches.push({ path, fire });
  }

  get zxid(): Zxid {
    return this.#zxid as Zxid;
  }

  #fire(path: string, type: WatchEventType): void {
    const firing = this.#watches.filter((watch) => watch.path === path);
    this.#watches = this.#watches.filter((watch) => watch.path !== path);
    for (const { fire } of firing) fire({ type, path, zxid: this.zxid });
  }
}

/** Only what the commands use. */
export function memoryClient(tree: MemoryTree): Client {
  const end = new AbortController();
  const client = {
    async create(path: string, data: NodeData = null, options: CreateOptions = {}) {
      let whole = path;
      if (options.mode?.endsWith('Sequential') === true) whole += String(tree.nodes.size).padStart(10, '0');
      const parent = parentOf(whole);
      if (!tree.nodes.has(parent)) {
        if (options.parents !== true) throw failure('NO_NODE', whole, 'no such node');
        await client.create(parent, null, { parents: true });
      }
      if (tree.nodes.has(whole)) throw failure('NODE_EXISTS', whole, 'the node exists already');
      tree.put(whole, data ?? '', options.mode?.startsWith('ephemeral') === true ? 0x2an : 0n);
      return { path: whole, stat: tree.statOf(whole) };
    },
    async delete(path: string, { version = -1 }: WriteOptions = {}) {
      mustHaveVersion(tree, path, version);
      if (tree.childrenOf(path).length > 0) throw failure('NOT_EMPTY', path, 'the node has children');
      tree.remove(path);
    },
    async exists(path: string, { watch }: ReadOptions = {}) {
      tree.watch(path, watch);
      return tree.nodes.has(path) ? tree.statOf(path) : null;
    },
    async get(path: string, { watch }: ReadOptions = {}) {
      const { data } = tree.must(path);
      tree.watch(path, watch);
      return { data, stat: tree.statOf(path) };
    },
    async set(path: string, data: NodeData, { version = -1 }: WriteOptions = {}) {
      mustHaveVersion(tree, path, version);
      tree.put(path, data ?? '');
      return tree.statOf(path);
    },
    async children(path: string, { watch }: ReadOptions = {}) {
      tree.must(path);
      tree.watch(path, watch);
      return { children: tree.childrenOf(path), stat: tree.statOf(path) };
    },
    async sync() {},
    async request({ path }: Command) {
      const [name] = tree.childrenOf(path);
      const node = name === undefined ? '' : `${path}/${name}`;
      const stat = node === '' ? undefined : tree.statOf(node);
      return { node, token: stat?.czxid ?? 0, session: 0x2an, data: tree.nodes.get(node)?.data ?? null };
    },
    session: {
      id: 0x2an,
      timeoutMs: 10_000,
      state: 'connected',
      native: true,
      lastZxid: tree.zxid,
      safeUntil: 0,
      signal: end.signal,
    },
    state: 'connected',
    onState: () => () => {},
    async close() {
      end.abort(failure('CLOSED', '/', 'the client was closed'));
      for (const [path, { stat }] of tree.nodes) if (stat.ephemeralOwner === 0x2an) tree.remove(path);
    },
  };
  return client as unknown as Client;
}

function mustHaveVersion(tree: MemoryTree, path: string, version: number): void {
  const { stat } = tree.must(path);
  if (version !== -1 && version !== stat.version) {
    throw failure('BAD_VERSION', path, 'the node has another version');
  }
}

function failure(code: ConclaveErrorCode, path: string, text: string): ConclaveError {
  return new ConclaveError(code, `${path}: ${text}`, { path });
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
