import { type Normaliser, pathText } from './outcome.ts';
import type { Operation } from './script.ts';

/** One kind of client of an ensemble. Each session that a case uses is an actor on it. */
export interface Stage {
  enter(role: Role, normaliser: Normaliser): Actor;
}

/** How a case uses one of its sessions. */
export interface Role {
  readonly name: string;
  /** Whether the case breaks its connection. */
  readonly isCut: boolean;
}

/**
 * A session performs the operations of the protocol, by their names in ZooKeeper, and these:
 * - `connect`, with another `timeout=` or to another `server=` than the first. Without it the session connects by itself.
 * - `close` ends the session, `drop` breaks the connection, and `resume` continues the session over another one.
 * - `events` reports the events that have come, and `awaitEvents count=2` waits for them first.
 * - `pipeline` sends several requests at once.
 * - `greet`, `intrude`, `late`, `frame` and `bytes` send, frame by frame, what no client would.
 */
export interface Actor {
  /** Resolves to the outcome of the step, as it is recorded. Never rejects because of what a server does. */
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

/** Puts the events that came before an answer in front of it. */
export function withEvents(events: readonly string[], result: string): string {
  return [...events, result].join(' ');
}
