import type { TreeEvent } from '@conclave/client';
import { formatZxid, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';
import type { NodeChange } from './znode-history.ts';

/** A persistent watch, and what it has reported. */
export interface FollowedTree {
  readonly session: string;
  readonly path: string;
  /** False: the node, and that its children come and go. True: the node and everything below it. */
  readonly recursive: boolean;
  /** It was set by then: what happened later is told, what happened before may be. */
  readonly since: Zxid;
  readonly events: readonly TreeEvent[];
}

type ReportedChange = Exclude<TreeEvent, { type: 'gap' }>;

/**
 * A persistent watch tells every change once and in order, across reconnections: all up to `seen`, the newest that the
 * session has been told of, and nothing that did not happen. Only where it says itself that there is a gap something may
 * be missing. `changes` are all changes of all nodes, in order. Throws `Violation`.
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

/** What the watch tells of a change. */
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
  return new Violation(property, `${session}, which follows ${path} since ${formatZxid(since)}: ${detail}`);
}
