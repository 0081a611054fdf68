import { uniqueName, uniqueNameHyphenated } from './unique-name.ts';

/**
 * How the nodes of a lock's contenders are named. To Conclave all layouts on one path are one line. Clients of
 * ZooKeeper see only the names that they know, so on a path that is shared with them the layout must be theirs.
 *
 * - `curator`: `_c_<uuid>-lock-##########`, as Curator's InterProcessMutex writes and reads it. kazoo's Lock reads it
 *   too if it is given `extra_lock_patterns=['-lock-']`, and then each excludes the other.
 * - `kazoo`: `<32 hexadecimal digits>__lock__##########`, as kazoo's Lock writes and reads it.
 */
export type LockLayout = 'curator' | 'kazoo';

/**
 * How the nodes of an election's candidates are named. As with `LockLayout`, it matters on paths that are shared with
 * clients of ZooKeeper.
 *
 * - `curator`: `_c_<uuid>-latch-##########`, as Curator's LeaderLatch writes and reads it.
 * - `curatorSelector`: `_c_<uuid>-lock-##########`, as Curator's LeaderSelector, which is a lock, writes and reads it.
 * - `kazoo`: `<32 hexadecimal digits>__lock__##########`, as kazoo's Election writes and reads it.
 */
export type ElectionLayout = 'curator' | 'curatorSelector' | 'kazoo';

/** Returns a name for a new contender, without the number that the ensemble appends. */
export function lockPrefix(layout: LockLayout): string {
  return layout === 'kazoo' ? `${uniqueName()}__lock__` : `_c_${uniqueNameHyphenated()}-lock-`;
}

/** As `lockPrefix`, for a candidate of an election. */
export function candidatePrefix(layout: ElectionLayout): string {
  return candidatePrefixes[layout]();
}

const candidatePrefixes: Readonly<Record<ElectionLayout, () => string>> = {
  curator: () => `_c_${uniqueNameHyphenated()}-latch-`,
  curatorSelector: () => lockPrefix('curator'),
  kazoo: () => lockPrefix('kazoo'),
};
