import { counterOf, formatZxid, InvariantError } from '@conclave/protocol';
import { type Applied, decodePayload, type Tree, type Txn } from '@conclave/tree';
import type { Entry } from '@conclave/zab';
import type { Clock } from '../environment/environment.ts';

/** Transactions that are applied between two looks at the clock, and the time per turn that is spent on applying. */
const STRIDE = 8;
const TURN_MS = 8;

/** Applies committed entries to the tree in their order. If there are many, it leaves time for other work in between. */
export class Applier {
  readonly #clock: Clock;
  readonly #onApplied: (txn: Txn, applied: Applied, bytes: number) => void;
  #tree: Tree;
  #committed: Entry[] = [];
  #at = 0;

  constructor(tree: Tree, clock: Clock, onApplied: (txn: Txn, applied: Applied, bytes: number) => void) {
    this.#tree = tree;
    this.#clock = clock;
    this.#onApplied = onApplied;
  }

  get tree(): Tree {
    return this.#tree;
  }

  /** Goes on with another tree. Entries that were to be applied to the old one are in it, or come again. */
  replaceTree(tree: Tree): void {
    this.#tree = tree;
    this.clear();
  }

  clear(): void {
    this.#committed = [];
    this.#at = 0;
  }

  push(entries: readonly Entry[]): void {
    for (const entry of entries) this.#committed.push(entry);
  }

  /**
   * Applies entries for about as long as a turn may take. Returns whether there were `any`, and whether there are `more`
   * for the next turn.
   */
  applySome(): { readonly any: boolean; readonly more: boolean } {
    if (this.#committed.length === 0) return NOTHING;
    const until = this.#clock.monotonicMs() + TURN_MS;
    let applied = 0;
    while (this.#at < this.#committed.length) {
      this.#applyNext();
      if (++applied % STRIDE === 0 && this.#clock.monotonicMs() > until) break;
    }
    const more = this.#at < this.#committed.length;
    if (!more) this.clear();
    return { any: true, more };
  }

  applyAll(): void {
    while (this.#at < this.#committed.length) this.#applyNext();
    this.clear();
  }

  #applyNext(): void {
    const entry = this.#committed[this.#at++];
    // After a failure of the disk the log is delivered again from a point that the tree has passed.
    if (entry === undefined || entry.zxid <= this.#tree.lastZxid) return;
    const { lastZxid } = this.#tree;
    if (entry.zxid !== lastZxid + 1 && counterOf(entry.zxid) !== 1) {
      throw new InvariantError(
        `zxid ${formatZxid(entry.zxid)} is to be applied after ${formatZxid(lastZxid)}`,
      );
    }
    const txn = decodePayload(entry.zxid, entry.payload);
    this.#onApplied(txn, this.#tree.apply(txn), entry.payload.length);
  }
}

const NOTHING = { any: false, more: false } as const;
