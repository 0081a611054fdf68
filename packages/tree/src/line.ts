import type { Zxid } from '@conclave/protocol';
import { contenderNumberAt } from './contender-name.ts';
import { LiveCounts } from './live-counts.ts';
import type { NodeOwner } from './node-owner.ts';
import { ZnodeRole } from './znode-role.ts';

/** What a line reads of the nodes that stand in it. */
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
  /** Its place among the line's slots. */
  slot = 0;

  constructor(node: N, numberAt: number) {
    this.node = node;
    this.numberAt = numberAt;
  }

  /** Whether it came by `lineJoin`, and so is told when its turn comes. ZooKeeper's clients watch for themselves. */
  get joined(): boolean {
    return this.node.role === ZnodeRole.contender;
  }

  get prefix(): string {
    return this.node.name.slice(0, this.numberAt);
  }
}

/**
 * The contenders below one path, whoever made them. Who was created first stands first: that is the order of
 * their numbers too, until the counter of the parent overflows. By their numbers alone a newcomer could then
 * step before the holder; here only a departure ever changes the head.
 *
 * Joining, leaving and finding the head take constant time however long the line is. Only the newcomers of one
 * transaction can come out of turn, with numbers given by hand: they are sorted among themselves, once, when the line
 * is next asked.
 */
export class Line<N extends ContenderNode> {
  readonly parent: N;
  /** Since when the head is the head. */
  headSince: Zxid;
  /** The head when the transaction under way first touched this line. */
  headBefore: Contender<N> | undefined;
  touched = false;
  /** Those who left leave holes until the slots are compacted. The last one is never a hole. */
  #slots: (Contender<N> | undefined)[] = [];
  /** Nobody stands before this slot. */
  #headSlot = 0;
  #size = 0;
  /** Whether the slots are in order; if not, those of the latest transaction, which are the last ones, are not. */
  #isOrdered = true;
  /** By session and prefix: those who came by `lineJoin`. */
  readonly #joined = new Map<string, Contender<N>>();
  /** Counts who stands before a slot; made when a long line is first asked. */
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

  /** `contender` is of the latest transaction of all who stand here. */
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
    // All the newcomers have gone again.
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

  /** How many stand before `contender`. */
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

/** The order of a line: by transaction, and within one by name, so that a loaded tree has the order of a living one. */
export function compareContenders(a: ContenderNode, b: ContenderNode): number {
  if (a.czxid !== b.czxid) return a.czxid - b.czxid;
  const numberA = sequenceOf(a.name);
  const numberB = sequenceOf(b.name);
  if (numberA !== numberB) return numberA - numberB;
  return a.name < b.name ? -1 : 1;
}

/** Counters overflow from 2^31-1 to -2^31: as unsigned numbers they go on. */
function sequenceOf(name: string): number {
  const number = Number(name.slice(contenderNumberAt(name)));
  return number < 0 ? number + 2 ** 32 : number;
}

const COMPACT_ABOVE = 32;
/** Up to this distance counting one by one is quicker than keeping counts. */
const SCAN_MAX = 64;

function joinedKey(sessionId: number, prefix: string): string {
  return `${sessionId}/${prefix}`;
}

function isContender<N extends ContenderNode>(slot: Contender<N> | undefined): slot is Contender<N> {
  return slot !== undefined;
}
