import {
  ErrorNumber,
  isOpenAcl,
  type MultiOperation,
  type MultiRequest,
  type MultiResult,
  OpCode,
  type StatFields,
} from '@conclave/protocol';
import { SharedAcl } from './acl-table.ts';
import type { Namespace } from './namespace.ts';
import {
  checkCreate,
  checkDelete,
  checkSetData,
  checkVersion,
  isEphemeral,
  type NodeSource,
  type NodeView,
} from './node-checks.ts';
import { applyCreate, applyDelete, applySetData, type NodeResult, type Outcome } from './node-operations.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import { nextVersion } from './znode.ts';

/**
 * All operations or none. They are tried on a plan first, each seeing what those before it would do, so that
 * nothing ever has to be undone; only when all can be done are they done.
 */
export function applyMulti(
  namespace: Namespace,
  sessions: Sessions,
  session: Session | undefined,
  { operations }: MultiRequest,
): MultiResult<StatFields>[] {
  const plan = new Plan(namespace);
  for (let i = 0; i < operations.length; i++) {
    const operation = operations[i] as MultiOperation;
    const error = plan.add(operation, session);
    if (error !== ErrorNumber.OK) return failedResults(operations.length, i, error);
  }
  return operations.map((operation) => {
    const result = applyOperation(namespace, sessions, session, operation);
    if (typeof result === 'number') throw new Error(`a multi that was checked failed with ${result}`);
    return result;
  });
}

function applyOperation(
  namespace: Namespace,
  sessions: Sessions,
  session: Session | undefined,
  operation: MultiOperation,
): Outcome<NodeResult> {
  switch (operation.op) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
      return applyCreate(namespace, session, operation);
    case OpCode.delete:
      return applyDelete(namespace, sessions, operation);
    case OpCode.setData:
      return applySetData(namespace, operation);
    case OpCode.check:
      return { op: operation.op };
    case OpCode.createTTL:
      return ErrorNumber.UNIMPLEMENTED;
  }
}

/** ZooKeeper's way to tell: 0 before the operation that failed, its error there, RUNTIME_INCONSISTENCY after it. */
function failedResults(count: number, failedAt: number, error: number): MultiResult<StatFields>[] {
  const results: MultiResult<StatFields>[] = [];
  for (let i = 0; i < count; i++) {
    const own = i < failedAt ? ErrorNumber.OK : ErrorNumber.RUNTIME_INCONSISTENCY;
    results.push({ op: OpCode.error, error: i === failedAt ? error : own });
  }
  return results;
}

/** The nodes as they would be: the planned ones over those of the namespace. */
class Plan implements NodeSource<PlannedNode> {
  readonly #namespace: Namespace;
  /** `undefined` for one that would be gone. */
  readonly #planned = new Map<string, PlannedNode | undefined>();

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  find(path: string): PlannedNode | undefined {
    if (this.#planned.has(path)) return this.#planned.get(path);
    const node = this.#namespace.find(path);
    if (node === undefined) return undefined;
    const { version, childCreates, childCount, owner, acl } = node;
    const planned = { version, childCreates, childCount, owner, acl };
    this.#planned.set(path, planned);
    return planned;
  }

  /** Returns `ErrorNumber.OK` or why the operation cannot be done. */
  add(operation: MultiOperation, session: Session | undefined): number {
    switch (operation.op) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer: {
        const creation = checkCreate(this, operation, session !== undefined);
        if (typeof creation === 'number') return creation;
        const { parent, path } = creation;
        parent.childCreates = (parent.childCreates + 1) | 0;
        parent.childCount++;
        const owner = isEphemeral(operation.flags) && session !== undefined ? session.id : 0;
        const acl = isOpenAcl(operation.acl) ? this.#namespace.openAcl : new SharedAcl(operation.acl);
        this.#planned.set(path, { version: 0, childCreates: 0, childCount: 0, owner, acl });
        return ErrorNumber.OK;
      }
      case OpCode.delete: {
        const node = checkDelete(this, operation);
        if (typeof node === 'number') return node;
        const parent = this.find(operation.path.slice(0, operation.path.lastIndexOf('/')) || '/');
        if (parent !== undefined) parent.childCount--;
        this.#planned.set(operation.path, undefined);
        return ErrorNumber.OK;
      }
      case OpCode.setData: {
        const node = checkSetData(this, operation);
        if (typeof node === 'number') return node;
        node.version = nextVersion(node.version);
        return ErrorNumber.OK;
      }
      case OpCode.check: {
        const node = checkVersion(this, operation);
        return typeof node === 'number' ? node : ErrorNumber.OK;
      }
      case OpCode.createTTL:
        return ErrorNumber.UNIMPLEMENTED;
    }
  }
}

interface PlannedNode extends NodeView {
  version: number;
  childCreates: number;
  childCount: number;
  readonly owner: number;
  readonly acl: SharedAcl;
}
