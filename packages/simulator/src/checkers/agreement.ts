import { counterOf, epochOf, formatZxid, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';

/** A transaction that a server delivered to its tree. */
export interface Delivered {
  readonly zxid: Zxid;
  /** Identifies the transaction, apart from its zxid. */
  readonly content: string;
  /** The digest of the whole state after it. */
  readonly digest: string;
}

/**
 * The properties of Zab (Junqueira, Reed, Serafini, DSN 2011, §3), judged by what each server delivers to its tree:
 *
 * - Agreement and total order: all servers deliver prefixes of one sequence.
 * - Integrity: no server delivers a transaction that is not in the sequence, or one transaction twice.
 * - Local and global primary order: within an epoch, counters have no gap, and epochs only grow.
 * - No delivered transaction is ever missing: a new leader has all of them in its log, and a server that has come as far
 *   as another has the same transactions.
 * - The state after each transaction is the same on all servers.
 * - At most one leader is established in an epoch, and only once. No transaction of an epoch is delivered before that.
 *
 * Each method throws `Violation`.
 */
export class Agreement {
  /** The one sequence of all transactions that any server has delivered, in order. */
  readonly sequence: Delivered[] = [];
  readonly #positions = new Map<Zxid, number>();
  /** For each server: how many transactions of the sequence are in its state. */
  readonly #has = new Map<number, number>();
  readonly #leaders = new Map<number, number>();

  /** Notes that a server has the state at `zxid`, after a recovery or from a snapshot. */
  stateIs(server: number, zxid: Zxid, digest: string): void {
    if (zxid === 0) {
      this.#has.set(server, 0);
      return;
    }
    const position = this.#positions.get(zxid);
    const known = position === undefined ? undefined : this.sequence[position];
    if (position === undefined || known === undefined) {
      throw new Violation(
        'integrity',
        `server ${server} is at ${formatZxid(zxid)}, which no server has delivered`,
      );
    }
    this.#sameState(server, known, digest);
    this.#has.set(server, position + 1);
  }

  /** Notes a delivery. Returns true if no server had delivered the transaction before. */
  delivers(server: number, delivered: Delivered): boolean {
    const { zxid } = delivered;
    const position = this.#has.get(server) ?? 0;
    this.#has.set(server, position + 1);
    const known = this.sequence[position];
    if (known === undefined) {
      this.#extend(server, delivered);
      return true;
    }
    if (known.zxid !== zxid || known.content !== delivered.content) {
      throw new Violation(
        'total order',
        `server ${server} delivers ${formatZxid(zxid)} where ${formatZxid(known.zxid)} was delivered before`,
      );
    }
    this.#sameState(server, known, delivered.digest);
    return false;
  }

  /**
   * Notes that a server has begun to lead an epoch, with a log up to `lastLogged`. To be called once for each time
   * that a server begins to lead, because not even the same server may lead an epoch twice. A quorum may have
   * promised the epoch long ago. If the server was paused since then, it may have been replaced, so it need not have
   * the transactions of later epochs.
   */
  leads(server: number, epoch: number, lastLogged: Zxid): void {
    const known = this.#leaders.get(epoch);
    if (known !== undefined) {
      const detail = known === server ? `server ${server} leads` : `servers ${known} and ${server} both lead`;
      throw new Violation(
        'one leader in an epoch',
        `${detail} epoch ${epoch}${known === server ? ' again' : ''}`,
      );
    }
    this.#leaders.set(epoch, server);
    const last = this.sequence.findLast(({ zxid }) => epochOf(zxid) < epoch)?.zxid ?? (0 as Zxid);
    if (lastLogged >= last) return;
    throw new Violation(
      'nothing committed is lost',
      `server ${server} leads epoch ${epoch} with a log up to ${formatZxid(lastLogged)}, although ${formatZxid(last)} was delivered`,
    );
  }

  get epochs(): number {
    return this.#leaders.size;
  }

  /** Returns whether all delivered transactions are in the server's state. */
  hasEverything(server: number): boolean {
    return this.#has.get(server) === this.sequence.length;
  }

  #extend(server: number, delivered: Delivered): void {
    const { zxid } = delivered;
    const last = this.sequence.at(-1)?.zxid ?? (0 as Zxid);
    const follows =
      epochOf(zxid) === epochOf(last)
        ? counterOf(zxid) === counterOf(last) + 1
        : zxid > last && counterOf(zxid) === 1;
    if (!follows) {
      throw new Violation(
        'primary order',
        `server ${server} delivers ${formatZxid(zxid)} after ${formatZxid(last)}`,
      );
    }
    if (!this.#leaders.has(epochOf(zxid))) {
      throw new Violation(
        'integrity',
        `server ${server} delivers ${formatZxid(zxid)}, but no server has led that epoch`,
      );
    }
    this.#positions.set(zxid, this.sequence.length);
    this.sequence.push(delivered);
  }

  #sameState(server: number, known: Delivered, digest: string): void {
    if (known.digest === digest) return;
    throw new Violation(
      'equal states',
      `server ${server} has ${digest} at ${formatZxid(known.zxid)}, other servers have ${known.digest}`,
    );
  }
}
