import { type Client, isConclaveError, joinPath } from '@conclave/client';
import { childNames } from './child-names.ts';

/** How many listings are in flight at a time. */
const BATCH = 256;

/**
 * Lists the paths of a node and all its descendants, parents before their children and children in order. Nodes that
 * are deleted meanwhile are left out. Rejects with NO_NODE if the node itself does not exist.
 */
export async function listSubtree(client: Client, path: string, signal: AbortSignal): Promise<string[]> {
  const childrenByPath = new Map<string, readonly string[]>();
  let level: readonly string[] = [path];
  while (level.length > 0) {
    const next: string[] = [];
    for (let i = 0; i < level.length; i += BATCH) {
      const batch = level.slice(i, i + BATCH);
      const found = await Promise.all(
        batch.map((parent) => childPaths(client, parent, parent === path, signal)),
      );
      batch.forEach((parent, j) => {
        const children = found[j];
        if (children === undefined) return;
        childrenByPath.set(parent, children);
        next.push(...children);
      });
    }
    level = next;
  }
  return inOrder(path, childrenByPath);
}

/** Resolves to `undefined` if the node has been deleted. */
async function childPaths(
  client: Client,
  parent: string,
  isRoot: boolean,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  try {
    const { children } = await childNames(client, parent, { signal });
    return children.map((name) => joinPath(parent, name));
  } catch (error) {
    if (!isRoot && isConclaveError(error) && error.code === 'NO_NODE') return undefined;
    throw error;
  }
}

function inOrder(root: string, childrenByPath: ReadonlyMap<string, readonly string[]>): string[] {
  const paths: string[] = [];
  const open = [root];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const children = childrenByPath.get(path);
    if (children === undefined) continue;
    paths.push(path);
    for (let i = children.length - 1; i >= 0; i--) open.push(children[i] ?? '');
  }
  return paths;
}
