import { formatZxid, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';

/** A client was told that it may have missed something. */
export interface ReportedGap {
  readonly session: string;
  /** Of the watch. */
  readonly path: string;
  /** What the server had that told of it. */
  readonly zxid: Zxid;
  /** The newest that the session had been answered when it got the connection. Of what happened up to that it had been told. */
  readonly seen: Zxid;
  /** How often the session had got another connection since the watch was set. */
  readonly reconnections: number;
}

/**
 * What servers are sure to remember of what has changed: each the latest changes, as many as are kept, but for those
 * before the state that it began with when it started or got a snapshot.
 */
export class KeptChanges {
  readonly #changesMax: number;
  readonly #changes: { readonly zxid: Zxid; readonly count: number }[] = [];
  readonly #beginnings: Zxid[] = [];

  constructor(changesMax: number) {
    this.#changesMax = changesMax;
  }

  /** A server knows the state at `zxid`, and nothing of how it came to be. */
  begins(zxid: Zxid): void {
    this.#beginnings.push(zxid);
  }

  /** The next transaction, and how many events it has for watches. */
  applies(zxid: Zxid, count: number): void {
    if (count > 0) this.#changes.push({ zxid, count });
  }

  /** Why a server that has the state at `upTo` need not know everything after `from`; `undefined`: each knows it. */
  reasonForGap(from: Zxid, upTo: Zxid): string | undefined {
    const beginning = this.#beginnings.find((zxid) => zxid > from && zxid <= upTo);
    if (beginning !== undefined) return `a server began at ${formatZxid(beginning)}`;
    let count = 0;
    for (let i = this.#changes.length - 1; i >= 0; i--) {
      const change = this.#changes[i];
      if (change === undefined || change.zxid <= from) break;
      if (change.zxid <= upTo) count += change.count;
    }
    return count > this.#changesMax ? `${count} changes are too many` : undefined;
  }
}

/**
 * A client is told of a gap only where there may be one. `gaps` are all that one watch has told, in order: each comes with
 * another connection, and tells of a time of which some server may know nothing any more. Throws `Violation`.
 */
export function checkGaps(gaps: readonly ReportedGap[], keptChanges: KeptChanges): void {
  let connection = 0;
  for (const { session, path, zxid, seen, reconnections } of gaps) {
    const report = `${session}, which follows ${path}, at ${formatZxid(zxid)}`;
    if (reconnections <= connection)
      throw new Violation('a gap comes with another connection', `${report}, after ${reconnections}`);
    connection = reconnections;
    if (keptChanges.reasonForGap(seen, zxid) !== undefined) continue;
    throw new Violation(
      'a gap is reported only where there may be one',
      `${report}, having seen ${formatZxid(seen)}`,
    );
  }
}
