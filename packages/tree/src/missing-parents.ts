import { ErrorNumber, Permission, parentPath } from '@conclave/protocol';
import type { Namespace } from './namespace.ts';
import { isOfSession, NO_OWNER } from './node-owner.ts';
import type { Requester } from './requester.ts';
import { type Znode, ZnodeRole } from './znode.ts';

/** How many levels one command makes: enough for any layout, too few to flood the tree with one long path. */
export const MISSING_PARENTS_MAX = 32;

/**
 * Whether a child can be made below `path`, together with whatever is missing on the way. `path` is valid.
 * Returns `ErrorNumber.OK` or what is in the way.
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

/** Whether a hard quota refuses a child with this data below `path`, with its parents as far as they are missing. */
export function exceedsQuota(
  namespace: Namespace,
  path: string,
  data: Uint8Array | null,
  requester: Requester,
): boolean {
  let nodes = 1;
  for (let at = path; namespace.find(at) === undefined; at = parentPath(at)) nodes++;
  return namespace.exceedsQuota(path, nodes, data === null ? 0 : data.length, requester);
}

/** The node at `path`, made with its parents as far as they are missing: persistent and open to all. Checked before. */
export function makeParents(namespace: Namespace, path: string): Znode {
  const node = namespace.find(path);
  if (node !== undefined) return node;
  const parent = makeParents(namespace, parentPath(path));
  return namespace.create(path, parent, null, namespace.openAcl, NO_OWNER, ZnodeRole.plain);
}
