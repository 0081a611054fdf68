import { formatZxid, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';
import type { Moment, Past } from './znode-history.ts';

/** One answer to a session. */
export type SessionAnswer =
  | SessionRead
  /** The transaction of a write by the session. */
  | { readonly type: 'write'; readonly zxid: Zxid };

export interface SessionRead {
  readonly type: 'read';
  readonly path: string;
  /** Undefined if there was no such node. */
  readonly node: FoundNode | undefined;
  readonly data: string;
  /**
   * The answer must not be older than this. For a linearizable read, it is the newest transaction that any server had
   * applied when the read was sent. For a read with the consistency of the session, it is the newest zxid that the
   * session had received.
   */
  readonly since: Zxid;
  /**
   * Whether the read was sent again over another connection. Then it may show writes that the session sent after it,
   * because they may have been done over the connection before.
   */
  readonly isRepeated: boolean;
}

export interface FoundNode {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly version: number;
}

/**
 * Checks the sequential consistency of one session's view (ZooKeeper, ATC 2010, §2.3). Its answers, in the order of its
 * requests, show the one history of all transactions at moments that never go back, over all nodes together. So the
 * session reads its own writes, no read is older than one before it, and no read is older than it may be.
 *
 * `past` may grow between the calls, because an answer may come from the first server that applied a transaction.
 */
export class SessionOrder {
  readonly #session: string;
  readonly #past: Past;
  #cut = 0 as Zxid;

  constructor(session: string, past: Past) {
    this.#session = session;
    this.#past = past;
  }

  /** The earliest moment of history that explains all answers so far. */
  get cut(): Zxid {
    return this.#cut;
  }

  /** Takes the answer to the next request. Throws `Violation`. */
  handleAnswer(answer: SessionAnswer): void {
    if (answer.type === 'read') {
      this.#read(answer);
      return;
    }
    if (answer.zxid <= this.#cut) {
      throw new Violation(
        'order of a session',
        `${this.#session} wrote at ${formatZxid(answer.zxid)}, but had seen ${formatZxid(this.#cut)} before`,
      );
    }
    this.#cut = answer.zxid;
  }

  #read(answer: SessionRead): void {
    const { path, node, data, since } = answer;
    const floor = Math.max(this.#cut, since) as Zxid;
    const past = this.#past.pastOf(path);
    const at = earliest(past, floor, answer);
    if (at !== undefined) {
      if (!answer.isRepeated) this.#cut = at;
      return;
    }
    const was = past.map((moment) => `${formatZxid(moment.zxid)} ${moment.node?.data ?? 'gone'}`);
    const found = node === undefined ? 'nothing' : `${data} of ${formatZxid(node.mzxid)}`;
    throw new Violation(
      'no stale read',
      `${this.#session} read ${found}, but ${path} has not been that since ${formatZxid(floor)}: ${was.slice(-6).join(', ')}`,
    );
  }
}

/** Returns the first moment from `floor` on at which the answer was true. */
function earliest(past: readonly Moment[], floor: Zxid, answer: SessionRead): Zxid | undefined {
  // The index of the moment that was present at `floor`, or -1 if there had never been such a node.
  let present = past.length - 1;
  while (present >= 0 && (past[present] as Moment).zxid > floor) present--;
  if (present < 0 && answer.node === undefined) return floor;
  for (let i = Math.max(0, present); i < past.length; i++) {
    const moment = past[i] as Moment;
    if (matches(moment, answer)) return Math.max(floor, moment.zxid) as Zxid;
  }
  return undefined;
}

function matches({ node }: Moment, { node: found, data }: SessionRead): boolean {
  if (node === undefined || found === undefined) return node === found;
  return (
    node.czxid === found.czxid &&
    node.mzxid === found.mzxid &&
    node.version === found.version &&
    node.data === data
  );
}
