import { CONTAINER_OWNER, ttlOwner } from '@conclave/protocol';

/**
 * What a node belongs to, in one number, as ZooKeeper's `ephemeralOwner` has it: the session of an ephemeral; 0 for a
 * persistent node; -1 for a container; -1 - ttl for a node with a time to live of so many milliseconds.
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

/** Whether the node goes with a session; such a node has no children. */
export function isOfSession(owner: NodeOwner): boolean {
  return owner > 0;
}

/** Whether the servers remove the node by themselves when it is of no more use. */
export function isExpiring(owner: NodeOwner): boolean {
  return owner < 0;
}

/** As a `Stat` tells it: a number where that is exact. */
export function ephemeralOwnerOf(owner: NodeOwner): number | bigint {
  if (owner >= 0) return owner;
  return owner === CONTAINER ? CONTAINER_OWNER : ttlOwner(ttlOf(owner));
}
