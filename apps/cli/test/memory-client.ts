import {
  type Acl,
  type Client,
  type Command,
  ConclaveError,
  type ConclaveErrorCode,
  type CreateOptions,
  type EventWatch,
  type Identity,
  type MultiOperation,
  type NodeData,
  OPEN_ACL,
  type ReadOptions,
  type Stat,
  type TreeEvent,
  type WatchEvent,
  type WatchEventType,
  type WriteOptions,
  type Zxid,
} from '@conclave/client';

interface MemoryNode {
  data: Uint8Array;
  acl: readonly Acl[];
  stat: Stat;
}

/** A tree in memory that commands run against. */
export class MemoryTree {
  readonly nodes = new Map<string, MemoryNode>();
  readonly identities: Identity[] = [];
  readonly #followers = new Set<(event: WatchEvent) => void>();
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
    const node = { data: bytes, stat, acl: old?.acl ?? OPEN_ACL };
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

  /** A persistent watch, as far as the shell uses it. */
  follow(path: string, recursive: boolean): Pick<EventWatch, 'subscribe'> {
    return {
      subscribe: (onEvent) => {
        const follower = (event: WatchEvent): void => {
          const isBelow = event.path.startsWith(path === '/' ? '/' : `${path}/`);
          if (event.path !== path && !(recursive && isBelow)) return;
          if (recursive && event.type === 'childrenChanged') return;
          onEvent(event as TreeEvent);
        };
        this.#followers.add(follower);
        return () => this.#followers.delete(follower);
      },
    };
  }

  get zxid(): Zxid {
    return this.#zxid as Zxid;
  }

  #fire(path: string, type: WatchEventType): void {
    const firing = this.#watches.filter((watch) => watch.path === path);
    this.#watches = this.#watches.filter((watch) => watch.path !== path);
    const event = { type, path, zxid: this.zxid };
    for (const { fire } of firing) fire(event);
    for (const follower of this.#followers) follower(event);
  }
}

/** Implements only what the commands use. */
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
      const node = tree.put(whole, data ?? '', ownerOf(options));
      if (options.acl !== undefined) node.acl = options.acl;
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
    async multi(operations: readonly MultiOperation[]) {
      const results = [];
      for (const operation of operations) {
        const { path } = operation;
        switch (operation.type) {
          case 'create':
            results.push({ type: 'create', ...(await client.create(path, operation.data, operation)) });
            break;
          case 'set':
            results.push({ type: 'set', stat: await client.set(path, operation.data, operation) });
            break;
          case 'delete':
            await client.delete(path, operation);
            results.push({ type: 'delete' });
            break;
          case 'check':
            mustHaveVersion(tree, path, operation.version ?? -1);
            results.push({ type: 'check' });
        }
      }
      return results;
    },
    async countDescendants(path: string) {
      tree.must(path);
      return [...tree.nodes.keys()].filter(
        (other) => other !== path && other.startsWith(path === '/' ? '/' : `${path}/`),
      ).length;
    },
    async ephemerals(prefix = '') {
      return [...tree.nodes].flatMap(([path, { stat }]) =>
        stat.ephemeralOwner === 0x2an && path.startsWith(prefix) ? [path] : [],
      );
    },
    async getAcl(path: string) {
      return { acl: tree.must(path).acl, stat: tree.statOf(path) };
    },
    async setAcl(path: string, acl: readonly Acl[]) {
      tree.must(path).acl = acl;
      return tree.statOf(path);
    },
    async addAuth(scheme: string, credential: NodeData) {
      tree.identities.push({ scheme, id: String(credential).replace(/:.*/, '') });
    },
    async whoAmI() {
      return [...tree.identities, { scheme: 'ip', id: '127.0.0.1' }];
    },
    async config() {
      const text = 'server.1=127.0.0.1:7500:7500:participant;127.0.0.1:2181\nversion=100000000';
      const addresses = ['127.0.0.1:7500:7500'];
      const member = { id: 1, addresses, role: 'participant', clientAddress: '127.0.0.1:2181' };
      return { members: [member], version: 0x100000000, text, stat: tree.statOf('/') };
    },
    watch(path: string, { recursive }: { recursive: boolean }) {
      return tree.follow(path, recursive);
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

const CONTAINER_OWNER = -(2n ** 63n);
const TTL_MARK = -(2n ** 56n);

function ownerOf({ mode, ttlMs }: CreateOptions): bigint {
  if (mode === 'container') return CONTAINER_OWNER;
  if (ttlMs !== undefined) return TTL_MARK + BigInt(ttlMs);
  return mode?.startsWith('ephemeral') === true ? 0x2an : 0n;
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
