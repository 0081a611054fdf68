import type { Zxid } from '@conclave/protocol';
import { contenderNumberAt } from './contender-name.ts';
import { LiveCounts } from './live-counts.ts';
import type { NodeOwner } from './node-owner.ts';
import { ZnodeRole } from './znode-role.ts';

/** The fields that a line reads of the nodes in it. */
export interface ContenderNode {
  readonly name: string;
  readonly czxid: Zxid;
  readonly owner: NodeOwner;
  readonly role: ZnodeRole;
}

/** A node in a line. */
export class Contender<N extends ContenderNode> {
  readonly node: N;
  /** Where its number begins in the node's name. */
  readonly numberAt: number;
  /** Its index among the line's slots. */
  slot = 0;

  constructor(node: N, numberAt: number) {
    this.node = node;
    this.numberAt = numberAt;
  }

  /** Whether it joined by `lineJoin`. Its session is then sent the grant. ZooKeeper's clients set watches instead. */
  get joined(): boolean {
    return this.node.role === ZnodeRole.contender;
  }

  get prefix(): string {
    return this.node.name.slice(0, this.numberAt);
  }
}

/**
 * The contenders below one path, created by any client. The order is that of creation, which is also the order of their
 * numbers until the counter of the parent overflows. By numbers alone a newcomer could then step before the holder.
 * Here only a departure ever changes the head.
 *
 * Joining, leaving and finding the head take constant time, however long the line is. Contenders of one transaction can
 * come out of order, because their numbers may have been chosen by hand. They are sorted among themselves, once, when
 * the line is next read.
 */
export class Line<N extends ContenderNode> {
  readonly parent: N;
  /** The transaction that made the head the head. */
  headSince: Zxid;
  /** The head when the transaction under way first touched this line. */
  headBefore: Contender<N> | undefined;
  touched = false;
  /** A contender that leaves makes a hole, until the slots are compacted. The last slot is never a hole. */
  #slots: (Contender<N> | undefined)[] = [];
  /** All slots before this one are holes. */
  #headSlot = 0;
  #size = 0;
  /** Whether the slots are in order. If not, only the slots of the latest transaction, the last ones, are unordered. */
  #isOrdered = true;
  /** The contenders that joined by `lineJoin`, by session and prefix. */
  readonly #joined = new Map<string, Contender<N>>();
  /** Counts the contenders before a slot. It is built when a position far back is first asked for. */
  #counts: LiveCounts | undefined;

  constructor(parent: N, headSince: Zxid) {
    this.parent = parent;
    this.headSince = headSince;
  }

  get size(): number {
    return this.#size;
  }

  get head(): Contender<N> | undefined {
    this.#order();
    return this.#slots[this.#headSlot];
  }

  /** No contender in the line is of a later transaction than `contender`. */
  add(contender: Contender<N>): void {
    const last = this.#slots.at(-1);
    if (last?.node.czxid !== contender.node.czxid) this.#order();
    else if (compareContenders(last.node, contender.node) > 0) this.#isOrdered = false;
    this.#append(contender);
    this.#size++;
    if (contender.joined) this.#joined.set(joinedKey(contender.node.owner, contender.prefix), contender);
  }

  remove(contender: Contender<N>): void {
    if (contender.joined) this.#joined.delete(joinedKey(contender.node.owner, contender.prefix));
    this.#slots[contender.slot] = undefined;
    this.#size--;
    this.#counts?.remove(contender.slot);
    if (this.#size === 0) {
      this.#replaceSlots([]);
      this.#isOrdered = true;
      return;
    }
    if (contender.slot === this.#headSlot) {
      while (this.#slots[this.#headSlot] === undefined) this.#headSlot++;
    }
    while (this.#slots.at(-1) === undefined) this.#slots.pop();
    this.#counts?.truncate(this.#slots.length);
    // All newcomers of the latest transaction have left again.
    if ((this.#slots.at(-1)?.node.czxid ?? 0) < contender.node.czxid) this.#isOrdered = true;
    if (this.#slots.length > COMPACT_ABOVE + 2 * this.#size) {
      this.#replaceSlots(this.#slots.filter(isContender));
    }
  }

  /** Whether the contender stands in its place, and the line is not empty. */
  holds(contender: Contender<N>): boolean {
    return this.#size > 0 && this.#slots[contender.slot] === contender;
  }

  joinedBy(sessionId: number, prefix: string): Contender<N> | undefined {
    return this.#joined.get(joinedKey(sessionId, prefix));
  }

  /** Returns how many contenders stand before this one. */
  positionOf(contender: Contender<N>): number {
    this.#order();
    const { slot } = contender;
    if (slot === this.#slots.length - 1) return this.#size - 1;
    if (slot - this.#headSlot > SCAN_MAX) {
      this.#counts ??= new LiveCounts(this.#slots.map(isContender));
      return this.#counts.before(slot);
    }
    let before = 0;
    for (let i = this.#headSlot; i < slot; i++) if (this.#slots[i] !== undefined) before++;
    return before;
  }

  #append(contender: Contender<N>): void {
    contender.slot = this.#slots.length;
    this.#slots.push(contender);
    this.#counts?.append();
  }

  /** Sorts the slots of the latest transaction, and closes the holes among and just before them. */
  #order(): void {
    if (this.#isOrdered) return;
    this.#isOrdered = true;
    const latest = this.#slots.at(-1)?.node.czxid;
    let from = this.#slots.length;
    while (from > 0 && (this.#slots[from - 1]?.node.czxid ?? latest) === latest) from--;
    const newcomers = this.#slots.slice(from).filter(isContender);
    this.#slots.length = from;
    this.#counts?.truncate(from);
    this.#headSlot = Math.min(this.#headSlot, from);
    for (const contender of newcomers.sort((a, b) => compareContenders(a.node, b.node)))
      this.#append(contender);
  }

  #replaceSlots(slots: Contender<N>[]): void {
    for (let i = 0; i < slots.length; i++) {
      const contender = slots[i];
      if (contender !== undefined) contender.slot = i;
    }
    this.#slots = slots;
    this.#headSlot = 0;
    this.#counts = undefined;
  }
}

/** The order of a line: by transaction, then by name, so that a tree loaded from a checkpoint has the same order. */
export function compareContenders(a: ContenderNode, b: ContenderNode): number {
  if (a.czxid !== b.czxid) return a.czxid - b.czxid;
  const numberA = sequenceOf(a.name);
  const numberB = sequenceOf(b.name);
  if (numberA !== numberB) return numberA - numberB;
  return a.name < b.name ? -1 : 1;
}

/** Counters overflow from 2^31-1 to -2^31. As unsigned numbers they go on growing. */
function sequenceOf(name: string): number {
  const number = Number(name.slice(contenderNumberAt(name)));
  return number < 0 ? number + 2 ** 32 : number;
}

const COMPACT_ABOVE = 32;
/** Up to this distance from the head, counting slots one by one is faster than keeping counts. */
const SCAN_MAX = 64;

function joinedKey(sessionId: number, prefix: string): string {
  return `${sessionId}/${prefix}`;
}

function isContender<N extends ContenderNode>(slot: Contender<N> | undefined): slot is Contender<N> {
  return slot !== undefined;
}
