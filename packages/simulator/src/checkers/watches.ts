import type { WatchEventType } from '@conclave/client';
import { formatZxid, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';
import type { Moment, Past } from './znode-history.ts';

/** The event that a one-shot watch waits for: a node's change, a node's creation, or a change of a node's children. */
export type WatchKind = 'data' | 'exist' | 'child';

/** A one-shot watch that a client has set, and its events. */
export interface ArmedWatch {
  readonly session: string;
  readonly kind: WatchKind;
  readonly path: string;
  /** The state in the answer that armed the watch. The next change after it fires the watch. */
  readonly since: Zxid;
  readonly events: readonly FiredEvent[];
  /** Whether it was set again at another server. */
  readonly isRearmed: boolean;
}

export interface FiredEvent {
  readonly type: WatchEventType;
  readonly path: string;
  /** The transaction that fired it, if the server reports it. */
  readonly zxid: Zxid | undefined;
  /** The newest zxid that the session had received before the event. */
  readonly seen: Zxid;
}

/**
 * Checks that a one-shot watch fires once, for its own path, for the first change after the state that armed it, and
 * before any answer that is as new as the change. `seen` is the newest zxid that the session has received. Throws
 * `Violation`.
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
      `the change is ${formatZxid(change)}, and the session has seen ${formatZxid(seen)}`,
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
    const detail = `reported ${formatZxid(event.zxid)}, but the first change is ${formatZxid(change)}`;
    throw violation('a watch fires for the first change', watch, detail);
  }
  if (event.seen >= change) {
    throw violation(
      'a watch fires before the change can be read',
      watch,
      `reported ${formatZxid(change)} when the session had seen ${formatZxid(event.seen)}`,
    );
  }
  const expected = typeOf(watch, past, change);
  if (event.type !== expected) {
    throw violation(
      'a watch reports what has changed',
      watch,
      `reported ${event.type}, but it was ${expected}`,
    );
  }
}

/** Checks a watch for a creation. The answer that armed it has no zxid, so any creation may be the first change. */
function checkCreation(watch: ArmedWatch, { zxid, type, seen }: FiredEvent, past: Past): void {
  if (watch.isRearmed || zxid === undefined) return;
  const created = past.pastOf(watch.path).find((moment) => moment.zxid === zxid)?.node;
  if (created?.czxid !== zxid) {
    throw violation(
      'a watch fires for a change',
      watch,
      `reported ${formatZxid(zxid)}, which did not create it`,
    );
  }
  if (seen >= zxid) {
    const detail = `reported ${formatZxid(zxid)} when the session had seen ${formatZxid(seen)}`;
    throw violation('a watch fires before the change can be read', watch, detail);
  }
  if (type !== 'created') throw violation('a watch reports what has changed', watch, `reported ${type}`);
}

/** Checks that a session's events come in the order of their transactions. Throws `Violation`. */
export function checkOrderOfEvents(session: string, zxids: readonly Zxid[]): void {
  const at = zxids.findIndex((zxid, i) => i > 0 && zxid < (zxids[i - 1] ?? 0));
  if (at < 0) return;
  const [before, after] = [zxids[at - 1], zxids[at]].map((zxid) => formatZxid(zxid ?? (0 as Zxid)));
  throw new Violation('changes are reported in order', `${session} was sent ${after} after ${before}`);
}

/** Returns the change that fires the watch. */
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
 * Returns whether the watch may have missed its change. A node that was created and deleted while the session had no
 * server leaves nothing that a watch for its creation could be compared with when it is set again. ZooKeeper has the
 * same rule.
 */
function mayBeMissed({ kind, path, since, isRearmed }: ArmedWatch, past: Past, seen: Zxid): boolean {
  if (kind !== 'exist' || !isRearmed) return false;
  return after(past.pastOf(path), since).some(({ zxid, node }) => node === undefined && zxid <= seen);
}

/**
 * Returns the moments after `since`. It searches from the end, because watches are mostly young and the past is long.
 */
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
