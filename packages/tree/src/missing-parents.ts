import { ErrorNumber, joinPath, Permission, parentPath } from '@conclave/protocol';
import type { Namespace } from './namespace.ts';
import { isOfSession, NO_OWNER } from './node-owner.ts';
import type { Requester } from './requester.ts';
import type { Znode } from './znode.ts';
import { ZnodeRole } from './znode-role.ts';

/** The most levels that one command creates: enough for any layout, too few to flood the tree with one long path. */
export const MISSING_PARENTS_MAX = 32;

/**
 * Checks whether a child can be created below `path`, together with the parents that are missing. `path` is valid.
 * Returns `ErrorNumber.OK`, or the error that refuses it.
 */
export function checkParents(namespace: Namespace, path: string, { credentials }: Requester): number {
  let at = path;
  for (let missing = 0; missing <= MISSING_PARENTS_MAX; missing++) {
    const node = namespace.find(at);
    if (node !== undefined) {
      if (!node.acl.permits(Permission.create, credentials)) return ErrorNumber.NO_AUTH;
      return isOfSession(node.owner) ? ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS : ErrorNumber.OK;
    }
    at = parentPath(at);
  }
  return ErrorNumber.BAD_ARGUMENTS;
}

/**
 * Whether a hard quota refuses the nodes that one command creates: these children of `path`, and its missing parents.
 * Each node counts for the quota that covers it.
 */
export function exceedsQuota(
  namespace: Namespace,
  path: string,
  children: readonly NewChild[],
  requester: Requester,
): boolean {
  if (!namespace.quotas.any) return false;
  const used = new Map<string, { nodes: number; bytes: number }>();
  const use = (at: string, bytes: number) => {
    const quota = namespace.quotas.covering(at);
    if (quota === undefined) return;
    const before = used.get(quota) ?? { nodes: 0, bytes: 0 };
    used.set(quota, { nodes: before.nodes + 1, bytes: before.bytes + bytes });
  };
  for (const { name, data } of children) use(joinPath(path, name), data === null ? 0 : data.length);
  for (let at = path; namespace.find(at) === undefined; at = parentPath(at)) use(at, 0);
  let isRefused = false;
  for (const [quota, { nodes, bytes }] of used) {
    if (namespace.quotas.judge(quota, nodes, bytes, requester)) isRefused = true;
  }
  return isRefused;
}

export interface NewChild {
  readonly name: string;
  readonly data: Uint8Array | null;
}

/** Returns the node at `path`. It is created if it is missing, as are its parents: persistent, with the open ACL. */
export function makeParents(namespace: Namespace, path: string): Znode {
  const node = namespace.find(path);
  if (node !== undefined) return node;
  const parent = makeParents(namespace, parentPath(path));
  return namespace.create(path, parent, null, namespace.openAcl, NO_OWNER, ZnodeRole.plain);
}
