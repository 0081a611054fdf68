import {
  CreateFlag,
  ErrorNumber,
  type MultiOperation,
  type MultiRequest,
  type MultiResult,
  OpCode,
  type StatFields,
} from '@conclave/protocol';
import type { SharedAcl } from './access/acl-table.ts';
import type { Namespace } from './namespace.ts';
import {
  checkCreate,
  checkDelete,
  checkSetData,
  checkVersion,
  hasTtl,
  isKnownFlag,
  type NodeSource,
  type NodeView,
} from './node-checks.ts';
import { applyCreate, applyDelete, applySetData, type NodeResult, type Outcome } from './node-operations.ts';
import type { NodeOwner } from './node-owner.ts';
import type { Requester } from './requester.ts';
import type { Sessions } from './sessions.ts';
import { nextVersion } from './znode.ts';

/**
 * Does all operations or none. They are tried on a plan first, where each sees the effect of those before it. They are
 * done only if all of them can be, so that nothing ever has to be undone.
 */
export function applyMulti(
  namespace: Namespace,
  sessions: Sessions,
  requester: Requester,
  request: MultiRequest,
): Outcome<MultiResult<StatFields>[]> {
  if (request.operations.some(isUnreadable)) return ErrorNumber.MARSHALLING_ERROR;
  const operations = request.operations.map(asZooKeeperTakesIt);
  const plan = new Plan(namespace, sessions);
  for (let i = 0; i < operations.length; i++) {
    const error = plan.add(operations[i] as MultiOperation, requester);
    if (error !== ErrorNumber.OK) return failedResults(operations.length, i, error);
  }
  // A quota that these very operations create or change must not judge them, or the plan would not hold.
  const judged: Requester = { ...requester, quotas: 'unchecked' };
  const results: MultiResult<StatFields>[] = [];
  for (const operation of operations) {
    const result = applyOperation(namespace, sessions, judged, operation);
    if (typeof result === 'number') {
      // What is done cannot be undone. To throw here would end all servers, and again at each start.
      namespace.noteInconsistency(operation.path, `a multi that was planned failed with ${result}`);
      return ErrorNumber.DATA_INCONSISTENCY;
    }
    results.push(result);
  }
  return results;
}

/** ZooKeeper treats unknown flags as a record that it cannot read. The flags of `createTTL` are an exception. */
function isUnreadable(operation: MultiOperation): boolean {
  return 'flags' in operation && operation.op !== OpCode.createTTL && !isKnownFlag(operation.flags);
}

/** Within a multi, ZooKeeper decides by the flags of a creation rather than by its opcode. */
function asZooKeeperTakesIt(operation: MultiOperation): MultiOperation {
  switch (operation.op) {
    case OpCode.create:
    case OpCode.create2:
      return operation.flags === CreateFlag.container
        ? { ...operation, op: OpCode.createContainer }
        : operation;
    case OpCode.createTTL: {
      const { path, data, acl, flags } = operation;
      if (hasTtl(flags)) return operation;
      const op = flags === CreateFlag.container ? OpCode.createContainer : OpCode.create;
      return { op, path, data, acl, flags };
    }
    default:
      return operation;
  }
}

function applyOperation(
  namespace: Namespace,
  sessions: Sessions,
  requester: Requester,
  operation: MultiOperation,
): Outcome<NodeResult> {
  switch (operation.op) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return applyCreate(namespace, requester, operation);
    case OpCode.delete:
      return applyDelete(namespace, sessions, requester, operation);
    case OpCode.setData:
      return applySetData(namespace, requester, operation);
    case OpCode.check:
      return { op: operation.op };
  }
}

/** ZooKeeper's form of a failure: 0 before the operation that failed, its error, RUNTIME_INCONSISTENCY after it. */
function failedResults(count: number, failedAt: number, error: number): MultiResult<StatFields>[] {
  const results: MultiResult<StatFields>[] = [];
  for (let i = 0; i < count; i++) {
    const own = i < failedAt ? ErrorNumber.OK : ErrorNumber.RUNTIME_INCONSISTENCY;
    results.push({ op: OpCode.error, error: i === failedAt ? error : own });
  }
  return results;
}

/** The nodes as they would be after the operations so far: the planned ones over those of the namespace. */
class Plan implements NodeSource<PlannedNode> {
  readonly #namespace: Namespace;
  readonly #sessions: Sessions;
  /** `undefined` for a node that would be gone. */
  readonly #planned = new Map<string, PlannedNode | undefined>();
  /** How much more would be used, by the path that has the quota. */
  readonly #used = new Map<string, { nodes: number; bytes: number }>();

  constructor(namespace: Namespace, sessions: Sessions) {
    this.#namespace = namespace;
    this.#sessions = sessions;
  }

  find(path: string): PlannedNode | undefined {
    if (this.#planned.has(path)) return this.#planned.get(path);
    const node = this.#namespace.find(path);
    if (node === undefined) return undefined;
    const { version, aversion, childCreates, childCount, dataLength, owner, acl } = node;
    const planned = { version, aversion, childCreates, childCount, dataLength, owner, acl };
    this.#planned.set(path, planned);
    return planned;
  }

  exceedsQuota(path: string, nodes: number, bytes: number, requester: Requester): boolean {
    const quota = this.#namespace.quotas.covering(path);
    if (quota === undefined) return false;
    const used = this.#use(quota);
    // An operation is judged only for the kind of amount that it changes itself.
    const allNodes = nodes === 0 ? 0 : used.nodes + nodes;
    const allBytes = bytes === 0 ? 0 : used.bytes + bytes;
    return this.#namespace.quotas.judge(quota, allNodes, allBytes, requester);
  }

  /** Returns `ErrorNumber.OK`, or the error that refuses the operation. */
  add(operation: MultiOperation, requester: Requester): number {
    switch (operation.op) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL: {
        const creation = checkCreate(this, operation, requester);
        if (typeof creation === 'number') return creation;
        const { parent, path, owner } = creation;
        const dataLength = operation.data === null ? -1 : operation.data.length;
        const acl = this.#namespace.sharedAcl(creation.acl);
        parent.childCreates = (parent.childCreates + 1) | 0;
        parent.childCount++;
        this.#count(path, 1, Math.max(dataLength, 0));
        const counters = { version: 0, aversion: 0, childCreates: 0, childCount: 0 };
        this.#planned.set(path, { ...counters, dataLength, owner, acl });
        return ErrorNumber.OK;
      }
      case OpCode.delete: {
        const node = checkDelete(this, operation, requester);
        if (typeof node === 'number') return node;
        const { path } = operation;
        if (!this.#canRemove(path)) return ErrorNumber.DATA_INCONSISTENCY;
        const parent = this.find(path.slice(0, path.lastIndexOf('/')) || '/');
        if (parent !== undefined) parent.childCount--;
        this.#count(path, -1, -Math.max(node.dataLength, 0));
        this.#planned.set(path, undefined);
        return ErrorNumber.OK;
      }
      case OpCode.setData: {
        const node = checkSetData(this, operation, requester);
        if (typeof node === 'number') return node;
        const dataLength = operation.data === null ? -1 : operation.data.length;
        this.#count(operation.path, 0, Math.max(dataLength, 0) - Math.max(node.dataLength, 0));
        node.version = nextVersion(node.version);
        node.dataLength = dataLength;
        return ErrorNumber.OK;
      }
      case OpCode.check: {
        const node = checkVersion(this, operation, requester);
        return typeof node === 'number' ? node : ErrorNumber.OK;
      }
    }
  }

  /** A node that exists only in the plan has nothing to contradict. */
  #canRemove(path: string): boolean {
    const node = this.#namespace.find(path);
    return node === undefined || this.#namespace.canRemove(node, this.#sessions.ownerOf(node));
  }

  #count(path: string, nodes: number, bytes: number): void {
    const quota = this.#namespace.quotas.covering(path);
    if (quota === undefined) return;
    const used = this.#use(quota);
    used.nodes += nodes;
    used.bytes += bytes;
  }

  #use(quota: string): { nodes: number; bytes: number } {
    let used = this.#used.get(quota);
    if (used === undefined) {
      used = { nodes: 0, bytes: 0 };
      this.#used.set(quota, used);
    }
    return used;
  }
}

interface PlannedNode extends NodeView {
  version: number;
  readonly aversion: number;
  childCreates: number;
  childCount: number;
  dataLength: number;
  readonly owner: NodeOwner;
  readonly acl: SharedAcl;
}
