import { CONTAINER_OWNER, ttlOwner } from '@conclave/protocol';

/**
 * The owner of a node in one number, like ZooKeeper's `ephemeralOwner`: the session of an ephemeral node; 0 for a
 * persistent node; -1 for a container; -1 - ttl for a node with a time to live of that many milliseconds.
 */
export type NodeOwner = number;

export const NO_OWNER: NodeOwner = 0;
export const CONTAINER: NodeOwner = -1;

/** `ttlMs` is 1 or more. */
export function livesFor(ttlMs: number): NodeOwner {
  return CONTAINER - ttlMs;
}

/** 0 for a node without a time to live. */
export function ttlOf(owner: NodeOwner): number {
  return owner < CONTAINER ? CONTAINER - owner : 0;
}

/** Whether the node is removed with a session. Such a node has no children. */
export function isOfSession(owner: NodeOwner): boolean {
  return owner > 0;
}

/** Whether the servers remove the node by themselves, as they do with containers and nodes with a time to live. */
export function isExpiring(owner: NodeOwner): boolean {
  return owner < 0;
}

/** The value in a `Stat`: a number where that is exact. */
export function ephemeralOwnerOf(owner: NodeOwner): number | bigint {
  if (owner >= 0) return owner;
  return owner === CONTAINER ? CONTAINER_OWNER : ttlOwner(ttlOf(owner));
}
