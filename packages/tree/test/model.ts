import {
  CreateFlag,
  ErrorNumber,
  type MultiOperation,
  OpCode,
  type UnguardedWrite,
  type WriteRequest,
} from '@conclave/protocol';
import type { Command, DeleteContainerCommand, Grant } from '@conclave/tree';
import type { From } from './driver.ts';

export interface ModelNode {
  readonly path: string;
  data: Uint8Array | null;
  readonly czxid: number;
  mzxid: number;
  pzxid: number;
  version: number;
  creates: number;
  readonly owner: number;
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
    node('/zookeeper/config', 0),
    node('/zookeeper/quota', 0),
  ];
  sessions: { id: number; last: number; confirmed: number; answers: Map<number, ModelResult> }[] = [];
  #zxid = 0;

  apply(zxid: number, command: Command, from: From): { result: ModelResult; grants: Partial<Grant>[] } {
    this.#zxid = zxid;
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
    if (command.op === OpCode.deleteContainer) return { error: this.#reap(command) };
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
        const results: (number | string)[] = [];
        const before = structuredClone(this.nodes);
        for (const operation of write.operations) {
          try {
            results.push(this.#operation(operation, id) ?? 0);
          } catch (refusal) {
            if (!(refusal instanceof Refusal)) throw refusal;
            this.nodes = before;
            const failedAt = results.length;
            return {
              error: 0,
              results: write.operations.map((_, i) =>
                i < failedAt ? 0 : i === failedAt ? refusal.error : -2,
              ),
            };
          }
        }
        return { error: 0, results };
      }
      case OpCode.createContainer:
      case OpCode.createTTL:
      case OpCode.setACL:
        throw new Refusal(ErrorNumber.UNIMPLEMENTED);
      case OpCode.create:
      case OpCode.create2:
        return { error: 0, path: this.#operation(write, id) ?? '' };
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
        if (own !== undefined) this.#drop(own.path);
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
      case OpCode.createContainer:
      case OpCode.createTTL:
        throw new Refusal(ErrorNumber.UNIMPLEMENTED);
      case OpCode.create:
      case OpCode.create2: {
        const { flags, data } = operation;
        const isEphemeral = flags === CreateFlag.ephemeral || flags === CreateFlag.ephemeralSequential;
        const isSequential =
          flags === CreateFlag.persistentSequential || flags === CreateFlag.ephemeralSequential;
        if (isEphemeral && id === 0) throw new Refusal(ErrorNumber.SESSION_EXPIRED);
        const parent = this.#find(parentOf(operation.path));
        if (parent === undefined) throw new Refusal(ErrorNumber.NO_NODE);
        if (operation.path.endsWith('/')) throw new Refusal(ErrorNumber.BAD_ARGUMENTS);
        const path = operation.path + (isSequential ? String(parent.creates).padStart(10, '0') : '');
        if (this.#find(path) !== undefined) throw new Refusal(ErrorNumber.NODE_EXISTS);
        if (parent.owner !== 0) throw new Refusal(ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS);
        return this.#make(path, data, isEphemeral ? id : 0, 'client').path;
      }
      case OpCode.delete:
        if (found === undefined) throw new Refusal(ErrorNumber.NO_NODE);
        this.#mustHaveVersion(found, operation.version);
        if (this.childrenOf(found.path).length > 0) throw new Refusal(ErrorNumber.NOT_EMPTY);
        this.#drop(found.path);
        return undefined;
      case OpCode.setData:
        if (found === undefined) throw new Refusal(ErrorNumber.NO_NODE);
        this.#mustHaveVersion(found, operation.version);
        found.data = operation.data?.slice() ?? null;
        found.version++;
        found.mzxid = this.#zxid;
        return undefined;
      case OpCode.check:
        if (found === undefined) throw new Refusal(ErrorNumber.NO_NODE);
        this.#mustHaveVersion(found, operation.version);
        return undefined;
    }
  }

  #reap({ path, czxid }: DeleteContainerCommand): number {
    const found = this.#find(path);
    if (found === undefined || found.czxid !== czxid) return ErrorNumber.NO_NODE;
    if (this.childrenOf(path).length > 0) return ErrorNumber.NOT_EMPTY;
    return ErrorNumber.BAD_VERSION;
  }

  /** A round that was open is over when nobody is left in it. */
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
    if (this.#find(at)?.owner !== 0) throw new Refusal(ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS);
  }

  #makeParents(path: string): void {
    if (this.#find(path) !== undefined) return;
    this.#makeParents(parentOf(path));
    this.#make(path, null, 0, 'client');
  }

  #make(path: string, data: Uint8Array | null, owner: number, by: ModelNode['by']): ModelNode {
    const made = { ...node(path, this.#zxid, owner, by), data: data?.slice() ?? null };
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
    owner,
    by,
  };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
