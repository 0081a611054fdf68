import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Client,
  type ConclaveError,
  type CreateMode,
  connect,
  type EventWatch,
  isConclaveError,
  type MultiOperation,
  type MultiReadResult,
  type MultiResult,
  nodeKindOf,
  type TreeEvent,
  type WatchEvent,
} from '@conclave/client';
import { CuttingProxy } from '@conclave/testkit';
import { type Actor, eventText, type Role, type Stage, withEvents } from './actor.ts';
import { Arguments } from './arguments.ts';
import {
  aclText,
  dataText,
  listText,
  type Normaliser,
  pathText,
  type StatFields,
  statText as textOfStat,
} from './outcome.ts';
import { ReportedEvents } from './reported-events.ts';
import type { Operation } from './script.ts';

const EVENT_NUMBERS: Readonly<Record<string, number>> = {
  created: 1,
  deleted: 2,
  dataChanged: 3,
  childrenChanged: 4,
};

/** Long enough for events that servers cause in their own time, such as expired sessions and nodes. */
const EVENTS_TIMEOUT_MS = 15_000;

/** Cases run through Conclave's client, on `servers`: `tcp://` or `ws://` addresses, of which the first is the usual one. */
export class SdkStage implements Stage {
  readonly #servers: readonly string[];

  constructor(servers: readonly string[]) {
    this.#servers = servers;
  }

  enter(role: Role, normaliser: Normaliser): Actor {
    return new SdkActor(role, this.#servers, normaliser);
  }
}

class SdkActor implements Actor {
  readonly #role: Role;
  readonly #servers: readonly string[];
  readonly #normaliser: Normaliser;
  readonly #events = new ReportedEvents();
  readonly #watches = new Map<string, EventWatch>();
  #client: Client | undefined;
  /** Defined only if the case breaks the connection. */
  #proxy: CuttingProxy | undefined;
  #onEvent: (() => void) | undefined;

  constructor(role: Role, servers: readonly string[], normaliser: Normaliser) {
    this.#role = role;
    this.#servers = servers;
    this.#normaliser = normaliser;
  }

  async perform(operation: Operation): Promise<string> {
    const given = new Arguments(operation, this.#normaliser);
    const result = await this.#attempt(given);
    // Iterators get an event some microtasks after the answer that follows it on the wire.
    await nextTurn();
    return withEvents(this.#events.take(), result);
  }

  async leave(): Promise<void> {
    await this.#client?.close();
    await this.#proxy?.[Symbol.asyncDispose]();
  }

  async #attempt(given: Arguments): Promise<string> {
    try {
      switch (given.verb) {
        case 'connect':
          return await this.#connect(given);
        case 'drop':
          return await this.#drop();
        case 'resume':
          return await this.#resume();
        default: {
          if (this.#client === undefined) await this.#connect(given);
          if (this.#client === undefined) throw new Error(`session ${this.#role.name} was refused`);
          return await this.#call(this.#client, given);
        }
      }
    } catch (error) {
      if (isConclaveError(error)) return codeOf(error);
      throw error;
    }
  }

  async #connect(given: Arguments): Promise<string> {
    const server = new URL(this.#servers[given.integer('server', 0)] ?? '');
    if (this.#role.isCut) {
      this.#proxy = await CuttingProxy.listen(Number(server.port));
      server.port = String(this.#proxy.port);
    }
    const client = await connect({
      servers: [`${server.protocol}//${server.host}`],
      sessionTimeoutMs: given.integer('timeout', 10_000),
      liveness: 'loop',
    });
    this.#client = client;
    this.#normaliser.name(this.#role.name, client.session.id);
    return `connected timeout=${client.session.timeoutMs}`;
  }

  async #drop(): Promise<string> {
    const client = this.#client;
    const proxy = this.#proxy;
    if (client === undefined || proxy === undefined) throw new Error('there is no connection to drop');
    const dropped = new Promise<void>((resolve) => client.onState(() => resolve()));
    proxy.refusing = true;
    proxy.cut();
    await dropped;
    return 'ok';
  }

  async #resume(): Promise<string> {
    const client = this.#client;
    const proxy = this.#proxy;
    if (client === undefined || proxy === undefined) throw new Error('there is no session to resume');
    proxy.refusing = false;
    for await (const state of client.states()) {
      if (state === 'connected') return `connected timeout=${client.session.timeoutMs}`;
    }
    return client.state;
  }

  async #call(client: Client, given: Arguments): Promise<string> {
    const { path, data } = given;
    const version = given.integer('version', -1);
    const watch = given.has('watch') ? this.#listener() : undefined;
    switch (given.verb) {
      case 'create':
        return pathText((await client.create(path, data, creationOf(given))).path);
      case 'create2':
      case 'createContainer':
      case 'createTTL': {
        const created = await client.create(path, data, creationOf(given));
        return `${pathText(created.path)} ${statText(created.stat)}`;
      }
      case 'delete':
        await client.delete(path, { version });
        return 'ok';
      case 'exists': {
        const stat = await client.exists(path, { watch });
        return stat === null ? 'NO_NODE' : statText(stat);
      }
      case 'getData': {
        const content = await client.get(path, { watch });
        return `${dataText(content.data)} ${statText(content.stat)}`;
      }
      case 'setData':
        return statText(await client.set(path, data, { version }));
      case 'getChildren':
        return listText((await client.children(path, { watch })).children);
      case 'getChildren2': {
        const { children, stat } = await client.children(path, { watch });
        return `${listText(children)} ${statText(stat)}`;
      }
      case 'childPages': {
        const pages: string[] = [];
        for await (const { children } of client.childPages(path, { pageSize: given.integer('size', 2) })) {
          pages.push(`[${children.join(' ')}]`);
        }
        return pages.join(' ');
      }
      case 'getAllChildrenNumber':
        return String(await client.countDescendants(path));
      case 'getEphemerals':
        return listText(await client.ephemerals(path));
      case 'getACL': {
        const { acl, stat } = await client.getAcl(path);
        return `${aclText(acl)} ${statText(stat)}`;
      }
      case 'setACL':
        return statText(await client.setAcl(path, given.acl(), { version }));
      case 'auth':
        await client.addAuth(path, data);
        return 'ok';
      case 'addWatch':
        return this.#addWatch(client, given);
      case 'removeWatches':
        return this.#removeWatch(client, given);
      case 'whoAmI':
        return listText((await client.whoAmI()).map(({ scheme, id }) => `${scheme}:${id}`));
      case 'config': {
        const { members, version } = await client.config();
        const roles = members.map(({ id, role, addresses }) => `${id}:${role}:${addresses.length}`);
        return `${listText(roles)} version=${version}`;
      }
      case 'multi': {
        const results = await client.multi(given.parts.map(multiOperationOf));
        return `[${results.map((result, i) => resultText(result, given.parts[i]?.verb)).join(' | ')}]`;
      }
      case 'multiRead': {
        const reads = given.parts.map((part) => ({
          type: part.verb === 'getData' ? ('get' as const) : ('children' as const),
          path: part.path,
        }));
        return `[${(await client.multiRead(reads)).map(readResultText).join(' | ')}]`;
      }
      case 'sync':
        await client.sync(path);
        return pathText(path);
      case 'close':
        await client.close();
        return 'ok';
      case 'events':
        await client.sync();
        return 'ok';
      case 'awaitEvents':
        await this.#eventsThere(given.integer('count', 1));
        await client.sync();
        return 'ok';
      case 'pipeline':
        return `[${(await Promise.all(given.parts.map((part) => this.#attempt(part)))).join(' | ')}]`;
      default:
        throw new TypeError(`there is no ${given.verb} in the SDK`);
    }
  }

  async #eventsThere(count: number): Promise<void> {
    if (this.#events.size >= count) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, EVENTS_TIMEOUT_MS);
      this.#onEvent = () => {
        if (this.#events.size < count) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Returns a new listener, because every watch needs its own. */
  #listener(): (event: WatchEvent | TreeEvent) => void {
    const listener = {};
    return ({ type, path }) => {
      this.#events.report(listener, eventText(EVENT_NUMBERS[type] ?? -1, path));
      this.#onEvent?.();
    };
  }

  async #addWatch(client: Client, given: Arguments): Promise<string> {
    const recursive = given.integer('mode', 0) === 1;
    const key = `${given.path} ${recursive}`;
    if (!this.#watches.has(key)) {
      const watch = client.watch(given.path, { recursive });
      this.#watches.set(key, watch);
      watch.subscribe(this.#listener(), () => {});
    }
    // Once this is answered, the watch is armed.
    await client.sync();
    return 'OK';
  }

  async #removeWatch(client: Client, given: Arguments): Promise<string> {
    // Let the watch report every event that has come before it ends.
    await client.sync();
    await nextTurn();
    await this.#watches.get(`${given.path} ${given.text('type', '') === 'recursive'}`)?.return();
    await client.sync();
    return 'ok';
  }
}

/** Removes kinds of nodes that a native session sees and ZooKeeper's servers do not send. */
function statText(stat: StatFields): string {
  const { kind } = nodeKindOf(stat.ephemeralOwner);
  return textOfStat(kind === 'ephemeral' ? stat : { ...stat, ephemeralOwner: 0n });
}

/** Maps errors that the SDK raises by itself to those that a server would send. */
function codeOf(error: ConclaveError): string {
  if ('codes' in error && Array.isArray(error.codes)) return `[${error.codes.join(' | ')}]`;
  switch (error.code) {
    case 'INVALID_PATH':
    case 'INVALID_ARGUMENT':
      return 'BAD_ARGUMENTS';
    case 'CLOSED':
      return 'closed';
    default:
      return error.code;
  }
}

const MODES: readonly CreateMode[] = [
  'persistent',
  'ephemeral',
  'persistentSequential',
  'ephemeralSequential',
  'container',
];

function creationOf(given: Arguments): {
  mode: CreateMode;
  ttlMs?: number;
  acl: ReturnType<Arguments['acl']>;
} {
  const acl = given.acl();
  if (given.verb === 'createContainer') return { mode: 'container', acl };
  const name = given.text('mode', 'persistent');
  if (given.verb === 'createTTL') {
    const mode = name === 'ttlSequential' ? 'persistentSequential' : 'persistent';
    return { mode, ttlMs: given.integer('ttl', 0), acl };
  }
  const mode = MODES.find((known) => known === name);
  if (mode === undefined) throw new TypeError(`there is no mode ${name} in the SDK`);
  return { mode, acl };
}

function multiOperationOf(given: Arguments): MultiOperation {
  const { verb, path, data } = given;
  const version = given.integer('version', -1);
  switch (verb) {
    case 'create':
    case 'create2':
    case 'createContainer':
    case 'createTTL':
      return { type: 'create', path, data, ...creationOf(given) };
    case 'delete':
      return { type: 'delete', path, version };
    case 'setData':
      return { type: 'set', path, data, version };
    case 'check':
      return { type: 'check', path, version };
    default:
      throw new TypeError(`${verb} cannot be part of the SDK's multi`);
  }
}

/** Omits the stat for `create`, which ZooKeeper does not send here, but a native session gets. */
function resultText(result: MultiResult, verb: string | undefined): string {
  switch (result.type) {
    case 'create': {
      const path = pathText(result.path);
      return result.stat === null || verb === 'create' || verb === 'create2'
        ? path
        : `${path} ${statText(result.stat)}`;
    }
    case 'set':
      return statText(result.stat);
    case 'delete':
    case 'check':
      return 'ok';
    default:
      return result satisfies never;
  }
}

function readResultText(result: MultiReadResult): string {
  switch (result.type) {
    case 'get':
      return `${dataText(result.data)} ${statText(result.stat)}`;
    case 'children':
      return listText(result.children);
    case 'error':
      return codeOf(result.error);
    default:
      return result satisfies never;
  }
}
