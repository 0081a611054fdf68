import type { WatchEventType } from '@conclave/client';
import { formatZxid, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';
import type { Moment, Past } from './znode-history.ts';

/** What a one-shot watch waits for: a node's change, a node's creation, a change of a node's children. */
export type WatchKind = 'data' | 'exist' | 'child';

/** A one-shot watch that a client has set, and what it was told by it. */
export interface ArmedWatch {
  readonly session: string;
  readonly kind: WatchKind;
  readonly path: string;
  /** What the answer that armed it has shown: the next change after this one fires it. */
  readonly since: Zxid;
  readonly events: readonly FiredEvent[];
  /** It was set again at another server. */
  readonly isRearmed: boolean;
}

export interface FiredEvent {
  readonly type: WatchEventType;
  readonly path: string;
  /** The transaction that fired it, where the server tells. */
  readonly zxid: Zxid | undefined;
  /** The newest transaction that the session had been told of when it came. */
  readonly seen: Zxid;
}

/**
 * A one-shot watch fires once: for its own path, for the first change after what it was armed with, and before anything
 * is answered that is as new as that change. `seen` is the newest that the session has been told of. Throws `Violation`.
 */
export function checkWatch(watch: ArmedWatch, past: Past, seen: Zxid): void {
  const { events, path, kind, isRearmed } = watch;
  const [event] = events;
  const change = firstChange(watch, past);
  if (events.length > 1) throw violation('a one-shot watch fires once', watch, `${events.length} times`);
  if (event === undefined) {
    if (change === undefined || change > seen || mayBeMissed(watch, past, seen)) return;
    throw violation(
      'a watch fires before the change can be read',
      watch,
      `changed at ${formatZxid(change)}, the session has seen ${formatZxid(seen)}`,
    );
  }
  if (event.path !== path) throw violation('a watch reports its own path', watch, event.path);
  if (kind === 'exist') {
    checkCreation(watch, event, past);
    return;
  }
  if (change === undefined) throw violation('a watch fires for a change', watch, 'nothing has changed');
  if (isRearmed || event.zxid === undefined) return;
  if (event.zxid !== change) {
    const detail = `told of ${formatZxid(event.zxid)}, changed at ${formatZxid(change)}`;
    throw violation('a watch fires for the first change', watch, detail);
  }
  if (event.seen >= change) {
    throw violation(
      'a watch fires before the change can be read',
      watch,
      `told of ${formatZxid(change)} when the session had seen ${formatZxid(event.seen)}`,
    );
  }
  const expected = typeOf(watch, past, change);
  if (event.type !== expected) {
    throw violation('a watch reports what has changed', watch, `told ${event.type}, was ${expected}`);
  }
}

/** When a node that is not there was looked at is not told: so any creation of it may be the first change. */
function checkCreation(watch: ArmedWatch, { zxid, type, seen }: FiredEvent, past: Past): void {
  if (watch.isRearmed || zxid === undefined) return;
  const created = past.pastOf(watch.path).find((moment) => moment.zxid === zxid)?.node;
  if (created?.czxid !== zxid) {
    throw violation('a watch fires for a change', watch, `told of ${formatZxid(zxid)}, when it was not made`);
  }
  if (seen >= zxid) {
    const detail = `told of ${formatZxid(zxid)} when the session had seen ${formatZxid(seen)}`;
    throw violation('a watch fires before the change can be read', watch, detail);
  }
  if (type !== 'created') throw violation('a watch reports what has changed', watch, `told ${type}`);
}

/** Changes are told in the order in which they were made. Throws `Violation`. */
export function checkOrderOfEvents(session: string, zxids: readonly Zxid[]): void {
  const at = zxids.findIndex((zxid, i) => i > 0 && zxid < (zxids[i - 1] ?? 0));
  if (at < 0) return;
  const [before, after] = [zxids[at - 1], zxids[at]].map((zxid) => formatZxid(zxid ?? (0 as Zxid)));
  throw new Violation('changes are reported in order', `${session} was sent ${after} after ${before}`);
}

/** The change that fires the watch. */
function firstChange({ kind, path, since }: ArmedWatch, past: Past): Zxid | undefined {
  const own = after(past.pastOf(path), since).find(
    ({ node }) => kind !== 'child' || node === undefined,
  )?.zxid;
  if (kind !== 'child') return own;
  const changes = past.childChangesOf(path);
  let child: Zxid | undefined;
  for (let i = changes.length - 1; i >= 0 && (changes[i] as Zxid) > since; i--) child = changes[i];
  return child === undefined || (own !== undefined && own < child) ? own : child;
}

function typeOf({ kind, path }: ArmedWatch, past: Past, change: Zxid): WatchEventType {
  const moment = past.pastOf(path).find(({ zxid }) => zxid === change);
  if (moment !== undefined && moment.node === undefined) return 'deleted';
  return kind === 'child' ? 'childrenChanged' : 'dataChanged';
}

/**
 * A node that came and went while the session was without a server has left no trace that a watch for its creation could
 * be held against: ZooKeeper's rule.
 */
function mayBeMissed({ kind, path, since, isRearmed }: ArmedWatch, past: Past, seen: Zxid): boolean {
  if (kind !== 'exist' || !isRearmed) return false;
  return after(past.pastOf(path), since).some(({ zxid, node }) => node === undefined && zxid <= seen);
}

/** Watches are mostly young, and the past is long. */
function after(moments: readonly Moment[], since: Zxid): readonly Moment[] {
  let from = moments.length;
  while (from > 0 && (moments[from - 1] as Moment).zxid > since) from--;
  return moments.slice(from);
}

function violation(property: string, { session, kind, path, since }: ArmedWatch, detail: string): Violation {
  return new Violation(
    property,
    `${session}: ${kind} watch on ${path} since ${formatZxid(since)}: ${detail}`,
  );
}
