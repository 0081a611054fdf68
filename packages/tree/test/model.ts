import {
  type Acl,
  CreateFlag,
  ErrorNumber,
  type MultiOperation,
  OpCode,
  Permission,
  type UnguardedWrite,
  type WriteRequest,
} from '@conclave/protocol';
import { type Command, type DeleteContainerCommand, type Grant, NO_CREDENTIALS } from '@conclave/tree';
import type { From } from './driver.ts';

export interface ModelNode {
  readonly path: string;
  data: Uint8Array | null;
  readonly czxid: number;
  mzxid: number;
  pzxid: number;
  version: number;
  creates: number;
  aversion: number;
  acl: readonly Acl[];
  readonly owner: number;
  readonly kind: 'plain' | 'container' | 'ttl';
  readonly ttl: number;
  readonly by: 'client' | 'line' | 'barrier' | 'opening';
}

export interface ModelResult {
  readonly error: number;
  /** For a multi, the results of its operations: a code, or the path of a create. */
  readonly results?: readonly (number | string)[];
  readonly path?: string;
  readonly granted?: boolean;
  readonly position?: number;
  readonly opened?: number;
  readonly present?: number;
}

const ANYONE: Acl = { permissions: Permission.all, scheme: 'world', id: 'anyone' };

class Refusal extends Error {
  readonly error: number;
  constructor(error: number) {
    super(`refused with ${error}`);
    this.error = error;
  }
}

/**
 * The tree again, slow and obvious: an array of nodes that is searched for everything and copied for every
 * transaction. It shares no code with the tree.
 */
export class Model {
  nodes: ModelNode[] = [
    node('/', 0),
    node('/zookeeper', 0),
    { ...node('/zookeeper/config', 0), aversion: -1, acl: [{ ...ANYONE, permissions: Permission.read }] },
    node('/zookeeper/quota', 0),
  ];
  sessions: { id: number; last: number; confirmed: number; answers: Map<number, ModelResult> }[] = [];
  #zxid = 0;
  #as = NO_CREDENTIALS;

  apply(zxid: number, command: Command, from: From): { result: ModelResult; grants: Partial<Grant>[] } {
    this.#zxid = zxid;
    this.#as = from.as ?? NO_CREDENTIALS;
    const heads = this.#heads();
    const before = structuredClone(this.nodes);
    const result = this.#once(command, from, before);
    const grants = this.#heads()
      .filter((head) => head.by === 'line' && head.czxid !== zxid)
      .filter((head) => !heads.some(({ path }) => path === head.path))
      .map(({ owner, path, czxid }) => ({ sessionId: owner, node: path, token: czxid }) as Partial<Grant>);
    return { result, grants };
  }

  childrenOf(path: string): ModelNode[] {
    return this.nodes.filter((each) => each.path !== '/' && parentOf(each.path) === path);
  }

  lineOf(path: string): ModelNode[] {
    return this.childrenOf(path)
      .filter(({ path: child }) => /(lock-|latch-|__lock__)\d{10}$/.test(child))
      .sort(
        (a, b) =>
          a.czxid - b.czxid ||
          Number(a.path.slice(-10)) - Number(b.path.slice(-10)) ||
          (a.path < b.path ? -1 : 1),
      );
  }

  #heads(): ModelNode[] {
    const parents = new Set(this.nodes.filter(({ path }) => path !== '/').map(({ path }) => parentOf(path)));
    return [...parents].flatMap((path) => this.lineOf(path).slice(0, 1));
  }

  #once(command: Command, from: From, before: ModelNode[]): ModelResult {
    const { session: id = 0, xid = 0, confirmed = 0, native = false } = from;
    if (command.op === OpCode.createSession) {
      this.sessions.push({ id: this.#zxid, last: 0, confirmed: 0, answers: new Map() });
      return { error: 0 };
    }
    const session = this.sessions.find((each) => each.id === id);
    if (id !== 0 && session === undefined) return { error: ErrorNumber.SESSION_EXPIRED };
    if (command.op === OpCode.moveSession) return { error: 0 };
    if (command.op === OpCode.closeSession) {
      this.sessions = this.sessions.filter((each) => each.id !== id);
      for (const { path } of this.nodes.filter(({ owner }) => owner === id && id !== 0)) this.#drop(path);
      this.#closeRounds(before);
      return { error: 0 };
    }
    if (command.op === OpCode.deleteContainer) return this.#reaped(command, before);
    if (session === undefined || !native) return this.#tried(command, id, before);
    if (confirmed > session.confirmed) session.confirmed = confirmed;
    for (const old of session.answers.keys()) if (old <= session.confirmed) session.answers.delete(old);
    if (xid <= session.last) return session.answers.get(xid) ?? { error: ErrorNumber.ANSWER_FORGOTTEN };
    const result = this.#tried(command, id, before);
    session.last = xid;
    session.answers.set(xid, result);
    return result;
  }

  #tried(command: WriteRequest, id: number, before: ModelNode[]): ModelResult {
    try {
      let write: UnguardedWrite;
      if (command.op === OpCode.guarded) {
        const guard = this.#find(command.path);
        if (guard !== undefined) this.#mustBePermitted(guard, Permission.read);
        if (this.lineOf(command.path)[0]?.czxid !== command.token) throw new Refusal(ErrorNumber.GRANT_OVER);
        write = command.write;
      } else {
        write = command;
      }
      const result = this.#write(write, id);
      this.#closeRounds(before);
      return result;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      this.nodes = before;
      return { error: refusal.error };
    }
  }

  #write(write: UnguardedWrite, id: number): ModelResult {
    switch (write.op) {
      case OpCode.multi: {
        const known = (flags: number) => flags >= 0 && flags <= 6;
        if (write.operations.some((each) => 'flags' in each && !known(each.flags))) {
          throw new Refusal(ErrorNumber.MARSHALLING_ERROR);
        }
        const operations = write.operations.map((each): MultiOperation => {
          const isPlain = each.op === OpCode.create || each.op === OpCode.create2;
          return isPlain && each.flags === CreateFlag.container
            ? { ...each, op: OpCode.createContainer }
            : each;
        });
        const results: (number | string)[] = [];
        const before = structuredClone(this.nodes);
        for (const operation of operations) {
          try {
            results.push(this.#operation(operation, id) ?? 0);
          } catch (refusal) {
            if (!(refusal instanceof Refusal)) throw refusal;
            this.nodes = before;
            const failedAt = results.length;
            return {
              error: 0,
              results: operations.map((_, i) => (i < failedAt ? 0 : i === failedAt ? refusal.error : -2)),
            };
          }
        }
        return { error: 0, results };
      }
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
        return { error: 0, path: this.#operation(write, id) ?? '' };
      case OpCode.setACL: {
        const acl = this.#resolve(write.acl);
        const found = this.#find(write.path);
        if (found === undefined) throw new Refusal(ErrorNumber.NO_NODE);
        this.#mustBePermitted(found, Permission.admin);
        if (write.version !== -1 && write.version !== found.aversion) {
          throw new Refusal(ErrorNumber.BAD_VERSION);
        }
        found.acl = acl;
        found.aversion++;
        return { error: 0 };
      }
      case OpCode.delete:
      case OpCode.setData:
        this.#operation(write, id);
        return { error: 0 };
    }
    if (id === 0) throw new Refusal(ErrorNumber.SESSION_EXPIRED);
    const { path } = write;
    switch (write.op) {
      case OpCode.lineJoin: {
        if (!/(lock-|latch-|__lock__)$/.test(write.prefix)) throw new Refusal(ErrorNumber.BAD_ARGUMENTS);
        let own = this.#joined(path, write.prefix, id);
        if (own === undefined) {
          this.#mustAllowChildren(path);
          const line = this.lineOf(path);
          if (!write.wait && line.length > 0)
            return { error: 0, path: '', granted: false, position: line.length };
          const name = write.prefix + String(this.#find(path)?.creates ?? 0).padStart(10, '0');
          if (this.#find(`${path}/${name}`) !== undefined) throw new Refusal(ErrorNumber.NODE_EXISTS);
          this.#makeParents(path);
          own = this.#make(`${path}/${name}`, write.data, id, 'line');
        }
        const position = this.lineOf(path).indexOf(own);
        return { error: 0, path: own.path, granted: position === 0, position };
      }
      case OpCode.lineLeave: {
        const own = this.#joined(path, write.prefix, id);
        if (own !== undefined) {
          this.#mustBePermitted(this.#find(path), Permission.delete);
          this.#drop(own.path);
        }
        return { error: 0 };
      }
      case OpCode.barrierEnter: {
        if (write.name === 'ready') throw new Refusal(ErrorNumber.BAD_ARGUMENTS);
        const own = this.#find(`${path}/${write.name}`);
        if (own !== undefined && own.owner !== id) throw new Refusal(ErrorNumber.NODE_EXISTS);
        if (own === undefined) {
          if (this.#find(`${path}/ready`) !== undefined) throw new Refusal(ErrorNumber.BARRIER_CLOSED);
          this.#mustAllowChildren(path);
          this.#makeParents(path);
          this.#make(`${path}/${write.name}`, write.data, id, 'barrier');
        }
        const present = this.#present(path);
        if (present >= write.parties && this.#find(`${path}/ready`) === undefined) {
          this.#make(`${path}/ready`, null, 0, 'opening');
        }
        return { error: 0, present, opened: this.#find(`${path}/ready`)?.czxid ?? 0 };
      }
      case OpCode.barrierLeave: {
        const own = this.#find(`${path}/${write.name}`);
        const opened = this.#find(`${path}/ready`)?.czxid ?? 0;
        if (own !== undefined && own.owner === id) {
          this.#mustBePermitted(this.#find(path), Permission.delete);
          this.#drop(own.path);
          const ready = this.#find(`${path}/ready`);
          if (this.#present(path) === 0 && ready?.owner === 0 && this.childrenOf(ready.path).length === 0) {
            this.#drop(ready.path);
          }
        }
        return { error: 0, opened, present: this.#present(path) };
      }
    }
  }

  #operation(operation: MultiOperation, id: number): string | undefined {
    const found = this.#find(operation.path);
    switch (operation.op) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL: {
        const { flags, data } = operation;
        const isMortal = operation.op === OpCode.createTTL;
        const hasMortalFlag = flags === 5 || flags === 6;
        if (isMortal !== hasMortalFlag) throw new Refusal(ErrorNumber.BAD_ARGUMENTS);
        const isEphemeral = flags === CreateFlag.ephemeral || flags === CreateFlag.ephemeralSequential;
        const isSequential =
          flags === CreateFlag.persistentSequential ||
          flags === CreateFlag.ephemeralSequential ||
          flags === CreateFlag.persistentSequentialWithTtl;
        if (isEphemeral && id === 0) throw new Refusal(ErrorNumber.SESSION_EXPIRED);
        const acl = this.#resolve(operation.acl);
        const parent = this.#find(parentOf(operation.path));
        if (parent === undefined) throw new Refusal(ErrorNumber.NO_NODE);
        this.#mustBePermitted(parent, Permission.create);
        if (operation.path.endsWith('/')) throw new Refusal(ErrorNumber.BAD_ARGUMENTS);
        const path = operation.path + (isSequential ? String(parent.creates).padStart(10, '0') : '');
        if (this.#find(path) !== undefined) throw new Refusal(ErrorNumber.NODE_EXISTS);
        if (parent.owner !== 0) throw new Refusal(ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS);
        const isContainer = operation.op === OpCode.createContainer;
        const kind = isContainer ? 'container' : isMortal ? 'ttl' : 'plain';
        const owner = isEphemeral && !isContainer ? id : 0;
        return this.#make(path, data, owner, 'client', {
          acl,
          kind,
          ttl: operation.op === OpCode.createTTL ? operation.ttl : 0,
        }).path;
      }
      case OpCode.delete:
        if (this.#find(parentOf(operation.path)) === undefined) throw new Refusal(ErrorNumber.NO_NODE);
        this.#mustBePermitted(this.#find(parentOf(operation.path)), Permission.delete);
        if (found === undefined) throw new Refusal(ErrorNumber.NO_NODE);
        this.#mustHaveVersion(found, operation.version);
        if (this.childrenOf(found.path).length > 0) throw new Refusal(ErrorNumber.NOT_EMPTY);
        this.#drop(found.path);
        return undefined;
      case OpCode.setData:
        if (found === undefined) throw new Refusal(ErrorNumber.NO_NODE);
        this.#mustBePermitted(found, Permission.write);
        this.#mustHaveVersion(found, operation.version);
        found.data = operation.data?.slice() ?? null;
        found.version++;
        found.mzxid = this.#zxid;
        return undefined;
      case OpCode.check:
        if (found === undefined) throw new Refusal(ErrorNumber.NO_NODE);
        this.#mustBePermitted(found, Permission.read);
        this.#mustHaveVersion(found, operation.version);
        return undefined;
    }
  }

  #reaped(command: DeleteContainerCommand, before: ModelNode[]): ModelResult {
    const error = this.#reap(command);
    this.#closeRounds(before);
    return { error };
  }

  #reap({ path, czxid, neverUsedMs }: DeleteContainerCommand): number {
    const found = this.#find(path);
    if (found === undefined || found.czxid !== czxid) return ErrorNumber.NO_NODE;
    if (this.childrenOf(path).length > 0) return ErrorNumber.NOT_EMPTY;
    // A transaction takes a millisecond, and the next zxid.
    const age = this.#zxid - found.mzxid;
    const isOver =
      (found.kind === 'ttl' && age > found.ttl) ||
      (found.kind === 'container' && (found.creates > 0 || age > neverUsedMs));
    if (!isOver) return ErrorNumber.BAD_VERSION;
    this.#drop(path);
    return 0;
  }

  #resolve(acl: readonly Acl[]): readonly Acl[] {
    return acl.flatMap((entry) => {
      if (entry.scheme !== 'auth') return [entry];
      const named = this.#as.identities.filter(({ scheme }) => scheme === 'digest');
      if (named.length === 0) throw new Refusal(ErrorNumber.INVALID_ACL);
      return named.map((identity) => ({ ...identity, permissions: entry.permissions }));
    });
  }

  #mustBePermitted(at: ModelNode | undefined, permission: number): void {
    const identities = [{ scheme: ANYONE.scheme, id: ANYONE.id }, ...this.#as.identities];
    if (identities.some(({ scheme }) => scheme === 'super')) return;
    for (const { permissions, scheme, id } of at?.acl ?? []) {
      const isMeant = identities.some((each) => each.scheme === scheme && each.id === id);
      if (isMeant && (permissions & permission) !== 0) return;
    }
    throw new Refusal(ErrorNumber.NO_AUTH);
  }

  /** A round that was open is over when it has no participant. */
  #closeRounds(before: ModelNode[]): void {
    for (const ready of this.nodes.filter(({ path }) => path.endsWith('/ready'))) {
      const path = parentOf(ready.path);
      const gone = before
        .filter((each) => parentOf(each.path) === path && each.path !== ready.path)
        .filter((each) => this.#find(each.path)?.czxid !== each.czxid);
      const isOurs = ready.by === 'opening' || gone.some(({ by }) => by === 'barrier');
      if (gone.length === 0 || !isOurs || ready.owner !== 0) continue;
      if (this.#present(path) === 0 && this.childrenOf(ready.path).length === 0) this.#drop(ready.path);
    }
  }

  #mustHaveVersion(found: ModelNode, version: number): void {
    if (version !== -1 && version !== found.version) throw new Refusal(ErrorNumber.BAD_VERSION);
  }

  #mustAllowChildren(path: string): void {
    let at = path;
    while (this.#find(at) === undefined) at = parentOf(at);
    this.#mustBePermitted(this.#find(at), Permission.create);
    if (this.#find(at)?.owner !== 0) throw new Refusal(ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS);
  }

  #makeParents(path: string): void {
    if (this.#find(path) !== undefined) return;
    this.#makeParents(parentOf(path));
    this.#make(path, null, 0, 'client');
  }

  #make(
    path: string,
    data: Uint8Array | null,
    owner: number,
    by: ModelNode['by'],
    more: Partial<ModelNode> = {},
  ): ModelNode {
    const made = { ...node(path, this.#zxid, owner, by), data: data?.slice() ?? null, ...more };
    this.nodes.push(made);
    const parent = this.#find(parentOf(path));
    if (parent === undefined) throw new Error(`${path} has no parent`);
    parent.creates++;
    parent.pzxid = this.#zxid;
    return made;
  }

  #drop(path: string): void {
    this.nodes = this.nodes.filter((each) => each.path !== path);
    const parent = this.#find(parentOf(path));
    if (parent !== undefined) parent.pzxid = this.#zxid;
  }

  #find(path: string): ModelNode | undefined {
    return this.nodes.find((each) => each.path === path);
  }

  #joined(path: string, prefix: string, id: number): ModelNode | undefined {
    return this.lineOf(path).find(
      (each) => each.by === 'line' && each.owner === id && each.path.slice(0, -10) === `${path}/${prefix}`,
    );
  }

  #present(path: string): number {
    return this.childrenOf(path).filter((each) => each.path !== `${path}/ready`).length;
  }
}

function node(path: string, zxid: number, owner = 0, by: ModelNode['by'] = 'client'): ModelNode {
  return {
    path,
    data: new Uint8Array(0),
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    version: 0,
    creates: 0,
    aversion: 0,
    acl: [ANYONE],
    owner,
    kind: 'plain',
    ttl: 0,
    by,
  };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
