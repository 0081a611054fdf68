import { formatZxid, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';
import type { Moment, Past } from './znode-history.ts';

/** What a session was told by one answer. */
export type SessionAnswer =
  | SessionRead
  /** The transaction of a write of its own. */
  | { readonly type: 'write'; readonly zxid: Zxid };

export interface SessionRead {
  readonly type: 'read';
  readonly path: string;
  /** `undefined`: there is no such node. */
  readonly node: FoundNode | undefined;
  readonly data: string;
  /**
   * The answer must be no older: for a linearizable read, all that any server had applied when it was begun; for a
   * session's own read, the newest that the session had been told of.
   */
  readonly since: Zxid;
  /**
   * It was sent again over another connection, and so may show what the session asked for later: that may have been
   * done over the one before.
   */
  readonly isRepeated: boolean;
}

export interface FoundNode {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly version: number;
}

/**
 * Sequential consistency of one session's view (ZooKeeper, ATC 2010, §2.3): its answers, in the order in which it asked,
 * show the one history of all transactions at moments that never go back, over all nodes together. So it reads its own
 * writes, no read is older than one before it, and none is older than what it must know.
 *
 * `past` may grow between the calls: an answer may come from a server that was the first to apply something.
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

  /** The answer to the next request. Throws `Violation`. */
  handleAnswer(answer: SessionAnswer): void {
    if (answer.type === 'read') {
      this.#read(answer);
      return;
    }
    if (answer.zxid <= this.#cut) {
      throw new Violation(
        'order of a session',
        `${this.#session} wrote at ${formatZxid(answer.zxid)}, and had seen ${formatZxid(this.#cut)} before`,
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
      `${this.#session} finds ${found}, which ${path} was at no time since ${formatZxid(floor)}: ${was.slice(-6).join(', ')}`,
    );
  }
}

/** The first moment from `floor` on at which the answer was true. */
function earliest(past: readonly Moment[], floor: Zxid, answer: SessionRead): Zxid | undefined {
  // What was the present at `floor`; -1: there never had been such a node.
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
