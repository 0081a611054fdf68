import { formatZxid, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';

/** A report to a client that it may have missed changes. */
export interface ReportedGap {
  readonly session: string;
  /** The path of the watch. */
  readonly path: string;
  /** The last zxid of the server that reported the gap. */
  readonly zxid: Zxid;
  /** The newest zxid of the session when it got the connection. All changes up to it had been reported. */
  readonly seen: Zxid;
  /** How often the session had reconnected since the watch was set. */
  readonly reconnections: number;
}

/**
 * The changes that every server is sure to remember. Each server keeps a number of the latest changes. It does not know
 * the changes before the state that it started with, or that it took from a snapshot.
 */
export class KeptChanges {
  readonly #changesMax: number;
  readonly #changes: { readonly zxid: Zxid; readonly count: number }[] = [];
  readonly #beginnings: Zxid[] = [];

  constructor(changesMax: number) {
    this.#changesMax = changesMax;
  }

  /** Notes that a server has the state at `zxid`, but does not know the changes before it. */
  begins(zxid: Zxid): void {
    this.#beginnings.push(zxid);
  }

  /** Notes the next transaction, and how many events it has for watches. */
  applies(zxid: Zxid, count: number): void {
    if (count > 0) this.#changes.push({ zxid, count });
  }

  /**
   * Returns why a server with the state at `upTo` may not know every change after `from`, or undefined if every server
   * knows them.
   */
  reasonForGap(from: Zxid, upTo: Zxid): string | undefined {
    const beginning = this.#beginnings.find((zxid) => zxid > from && zxid <= upTo);
    if (beginning !== undefined) return `a server started at ${formatZxid(beginning)}`;
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
 * Checks that a gap is reported only where there may be one. `gaps` are all gaps that one watch has reported, in order.
 * Each must come with another connection, and cover changes that some server may have forgotten. Throws `Violation`.
 */
export function checkGaps(gaps: readonly ReportedGap[], keptChanges: KeptChanges): void {
  let connection = 0;
  for (const { session, path, zxid, seen, reconnections } of gaps) {
    const report = `${session}, which watches ${path}, at ${formatZxid(zxid)}`;
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
