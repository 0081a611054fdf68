/** When the ensemble removes a node by itself, as its `Stat.ephemeralOwner` says. */
export type NodeKind =
  | { readonly kind: 'persistent' }
  /** Goes with its session. */
  | { readonly kind: 'ephemeral'; readonly sessionId: bigint }
  /** Goes some time after its last child went. */
  | { readonly kind: 'container' }
  /** Goes when it has no children and was not set for so long. */
  | { readonly kind: 'ttl'; readonly ttlMs: number };

/** The longest time to live: 40 bits, some 34 years. */
export const TTL_MS_MAX = 2 ** 40 - 1;

/** `ephemeralOwner` of a container: the sign bit alone. */
export const CONTAINER_OWNER = -(2n ** 63n);

/** `ephemeralOwner` of a node with a time to live: 0xff, two bytes of zero, the milliseconds. */
export function ttlOwner(ttlMs: number): bigint {
  return TTL_MARK + BigInt(ttlMs);
}

/** Whether this is the owner of a container or of a node with a time to live. */
export function isSpecialOwner(ephemeralOwner: bigint | number): boolean {
  if (ephemeralOwner >= 0) return false;
  const { kind } = nodeKindOf(BigInt(ephemeralOwner));
  return kind === 'container' || kind === 'ttl';
}

/** Reads a node's kind from the `ephemeralOwner` of its stat, as native sessions get it. */
export function nodeKindOf(ephemeralOwner: bigint): NodeKind {
  if (ephemeralOwner === 0n) return { kind: 'persistent' };
  if (ephemeralOwner === CONTAINER_OWNER) return { kind: 'container' };
  if (ephemeralOwner > TTL_MARK && ephemeralOwner <= TTL_MARK + BigInt(TTL_MS_MAX)) {
    return { kind: 'ttl', ttlMs: Number(ephemeralOwner - TTL_MARK) };
  }
  return { kind: 'ephemeral', sessionId: ephemeralOwner };
}

/** 0xff00000000000000 as the signed integer that it is on the wire. */
const TTL_MARK = -(2n ** 56n);
