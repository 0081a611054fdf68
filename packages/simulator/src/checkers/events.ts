import type { TreeEvent } from '@conclave/client';
import { formatZxid, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';
import type { NodeChange } from './znode-history.ts';

/** A persistent watch, and the events that it has reported. */
export interface FollowedTree {
  readonly session: string;
  readonly path: string;
  /** Whether it watches everything below the node. If not, it watches the node and the names of its children. */
  readonly recursive: boolean;
  /** The watch was set by then. Later changes must be reported; earlier changes may be. */
  readonly since: Zxid;
  readonly events: readonly TreeEvent[];
}

type ReportedChange = Exclude<TreeEvent, { type: 'gap' }>;

/**
 * Checks that a persistent watch reports every change once and in order, across reconnections, and reports nothing
 * that did not happen. It must have reported all changes up to `seen`, the newest zxid that the session has received.
 * Changes may be missing only where the watch itself reports a gap. `changes` are all changes of all nodes, in order.
 * Throws `Violation`.
 */
export function checkEvents(followed: FollowedTree, changes: readonly NodeChange[], seen: Zxid): void {
  const { events, since } = followed;
  const reported = new Set<string>();
  let last = 0 as Zxid;
  let complete = since;
  for (const event of events) {
    if (event.type === 'gap') {
      if (event.zxid > complete) complete = event.zxid;
      continue;
    }
    const zxid = event.zxid ?? (0 as Zxid);
    const key = keyOf(zxid, event);
    if (reported.has(key)) throw violation('no change is reported twice', followed, key);
    if (zxid < last) {
      throw violation('changes are reported in order', followed, `${key} after ${formatZxid(last)}`);
    }
    reported.add(key);
    last = zxid;
  }
  const unexpected = new Set(reported);
  for (let i = changes.length - 1; i >= 0; i--) {
    const change = changes[i] as NodeChange;
    if (unexpected.size === 0 && change.zxid <= complete) break;
    for (const event of eventsOf(followed, change)) {
      const key = keyOf(change.zxid, event);
      unexpected.delete(key);
      if (change.zxid <= complete || change.zxid > seen || reported.has(key)) continue;
      throw violation(
        'a followed tree misses nothing',
        followed,
        `${key}; the session has seen ${formatZxid(seen)}`,
      );
    }
  }
  const [first] = unexpected;
  if (first !== undefined) throw violation('a watch fires for a change', followed, first);
}

/** Returns the events that the watch must report for a change. */
function eventsOf(
  { path, recursive }: FollowedTree,
  change: NodeChange,
): Pick<ReportedChange, 'type' | 'path'>[] {
  if (change.path === path) return [change];
  if (recursive) return change.path.startsWith(`${path}/`) ? [change] : [];
  const parent = change.path.slice(0, change.path.lastIndexOf('/'));
  return parent === path && change.type !== 'dataChanged' ? [{ type: 'childrenChanged', path }] : [];
}

function keyOf(zxid: Zxid, { type, path }: Pick<ReportedChange, 'type' | 'path'>): string {
  return `${type} ${path} at ${formatZxid(zxid)}`;
}

function violation(property: string, { session, path, since }: FollowedTree, detail: string): Violation {
  return new Violation(property, `${session}, which watches ${path} since ${formatZxid(since)}: ${detail}`);
}
