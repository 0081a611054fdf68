import { SERVER_ID_MAX, type ServerId } from './entry.ts';

/**
 * The sets of members that may decide. Any two quorums must share a member. Every guarantee of the protocol rests on
 * that, and on nothing else about the sets.
 */
export interface Quorum {
  readonly members: ReadonlySet<ServerId>;
  /** Ids of servers that are not members are ignored. */
  isQuorum(ids: ReadonlySet<ServerId>): boolean;
}

/** A quorum is more than half of `members`. Throws `RangeError` if there are none, or if an id is outside 1..254. */
export function majority(members: Iterable<ServerId>): Quorum {
  const set = new Set(members);
  if (set.size === 0) throw new RangeError('an ensemble has at least one member');
  for (const id of set) {
    if (!Number.isInteger(id) || id < 1 || id > SERVER_ID_MAX) {
      throw new RangeError(`server id ${id} is outside 1..${SERVER_ID_MAX}`);
    }
  }
  return {
    members: set,
    isQuorum(ids) {
      let present = 0;
      for (const id of ids) if (set.has(id)) present += 1;
      return present * 2 > set.size;
    },
  };
}

/** The highest value that all members of some quorum have reached; 0 if there is none. */
export function reachedByQuorum(quorum: Quorum, ids: readonly ServerId[], values: readonly number[]): number {
  let reached = 0;
  for (const value of values) {
    if (value <= reached) continue;
    const there = new Set<ServerId>();
    for (let i = 0; i < ids.length; i++) {
      if ((values[i] as number) >= value) there.add(ids[i] as ServerId);
    }
    if (quorum.isQuorum(there)) reached = value;
  }
  return reached;
}
