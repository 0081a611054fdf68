import { type Normaliser, pathText } from './outcome.ts';
import type { Operation } from './script.ts';

/** A client of an ensemble, as a case uses it: each of its sessions is an actor. */
export interface Stage {
  enter(role: Role, normaliser: Normaliser): Actor;
}

/** What a case does with one of its sessions. */
export interface Role {
  readonly name: string;
  /** Its connection is going to be broken. */
  readonly isCut: boolean;
}

/**
 * Beside the operations of the protocol, by their names in ZooKeeper, a session can be told to
 * - `connect`, with another `timeout=` or to another `server=` than the first; it does so by itself if it is not told,
 * - `close` the session, `drop` the connection, and `resume` the session over another one,
 * - tell the `events` that have come, or to wait for them (`awaitEvents count=2`),
 * - send several requests at once (`pipeline`),
 * - and, frame by frame, to send what no client would: `greet`, `intrude`, `late`, `frame`, `bytes`.
 */
export interface Actor {
  /** What the step came to, as it is to be recorded. Never rejects for what a server does. */
  perform(operation: Operation): Promise<string>;
  /** Ends the session, if there is one. */
  leave(): Promise<void>;
}

const EVENT_NAMES: Readonly<Record<number, string>> = {
  [-1]: 'None',
  1: 'NodeCreated',
  2: 'NodeDeleted',
  3: 'NodeDataChanged',
  4: 'NodeChildrenChanged',
  5: 'DataWatchRemoved',
  6: 'ChildWatchRemoved',
  7: 'PersistentWatchRemoved',
};

export function eventText(type: number, path: string): string {
  return `!${EVENT_NAMES[type] ?? `event ${type}`} ${pathText(path)}`;
}

/** What happened before an answer stands before it. */
export function withEvents(events: readonly string[], result: string): string {
  return [...events, result].join(' ');
}
