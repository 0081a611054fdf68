import { uniqueName, uniqueNameHyphenated } from './unique-name.ts';

/**
 * Whose names a lock's contenders bear. All layouts on one path are one line to Conclave; clients of ZooKeeper see
 * only the names that they know, so on a path that is shared with them the layout must be theirs.
 *
 * - `curator`: `_c_<uuid>-lock-##########`, as Curator's InterProcessMutex makes and reads them. kazoo's Lock reads them
 *   too, and then both ways, when it is given `extra_lock_patterns=['-lock-']`.
 * - `kazoo`: `<32 hexadecimal digits>__lock__##########`, as kazoo's Lock makes and reads them.
 */
export type LockLayout = 'curator' | 'kazoo';

/**
 * Whose names an election's candidates bear; as with `LockLayout`.
 *
 * - `curator`: `_c_<uuid>-latch-##########`, as Curator's LeaderLatch.
 * - `curatorSelector`: `_c_<uuid>-lock-##########`, as Curator's LeaderSelector, which is a lock.
 * - `kazoo`: `<32 hexadecimal digits>__lock__##########`, as kazoo's Election.
 */
export type ElectionLayout = 'curator' | 'curatorSelector' | 'kazoo';

/** A name for a new contender, without the number that the ensemble appends. */
export function lockPrefix(layout: LockLayout): string {
  return layout === 'kazoo' ? `${uniqueName()}__lock__` : `_c_${uniqueNameHyphenated()}-lock-`;
}

export function candidatePrefix(layout: ElectionLayout): string {
  return candidatePrefixes[layout]();
}

const candidatePrefixes: Readonly<Record<ElectionLayout, () => string>> = {
  curator: () => `_c_${uniqueNameHyphenated()}-latch-`,
  curatorSelector: () => lockPrefix('curator'),
  kazoo: () => lockPrefix('kazoo'),
};
