import { counterOf, epochOf, formatZxid, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';

/** What a server was seen to deliver. */
export interface Delivered {
  readonly zxid: Zxid;
  /** Of the transaction. */
  readonly content: string;
  /** Of the whole state after it. */
  readonly digest: string;
}

/**
 * The properties of Zab (Junqueira, Reed, Serafini, DSN 2011, §3), judged by what each server delivers to its tree:
 *
 * - agreement and total order: all servers deliver prefixes of one sequence;
 * - integrity: nothing is delivered that is not in it, nothing twice;
 * - local and global primary order: within an epoch counters have no gap, and epochs only grow;
 * - nothing that any server has delivered is ever missing: whoever comes to lead has all of it in its log, and whoever
 *   has come as far as another has what that one had;
 * - the state after each transaction is the same everywhere;
 * - at most one leader is established in an epoch, once, and nothing of an epoch is delivered before.
 *
 * Each method throws `Violation`.
 */
export class Agreement {
  /** The one sequence: whatever any server has delivered, in order. */
  readonly sequence: Delivered[] = [];
  readonly #positions = new Map<Zxid, number>();
  /** How much of the sequence is in each server's state. */
  readonly #has = new Map<number, number>();
  readonly #leaders = new Map<number, number>();

  /** The server's state is that of `zxid`: it has recovered, or got a snapshot. */
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
        `server ${server} is at ${formatZxid(zxid)}, which nobody has delivered`,
      );
    }
    this.#sameState(server, known, digest);
    this.#has.set(server, position + 1);
  }

  /** True: nobody had delivered it before. */
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
   * The server leads the epoch from now on, and its log goes up to `lastLogged`: to be told once for each time that it
   * comes to lead, since not even the same server leads an epoch twice. A quorum has promised it the epoch, perhaps
   * long ago: one that stood still since may have been replaced, and what a later epoch has delivered it need not have.
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
      `server ${server} leads epoch ${epoch} with a log up to ${formatZxid(lastLogged)}, and ${formatZxid(last)} was delivered`,
    );
  }

  get epochs(): number {
    return this.#leaders.size;
  }

  /** Whether all that was ever delivered is in the server's state. */
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
        `server ${server} delivers ${formatZxid(zxid)}, and nobody has led that epoch`,
      );
    }
    this.#positions.set(zxid, this.sequence.length);
    this.sequence.push(delivered);
  }

  #sameState(server: number, known: Delivered, digest: string): void {
    if (known.digest === digest) return;
    throw new Violation(
      'equal states',
      `server ${server} has ${digest} at ${formatZxid(known.zxid)}, others ${known.digest}`,
    );
  }
}
