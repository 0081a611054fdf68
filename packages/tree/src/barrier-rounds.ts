import { isOfSession } from './node-owner.ts';
import type { Znode } from './znode.ts';
import { ZnodeRole } from './znode-role.ts';

/** The child that says a double barrier is open, in Curator's and kazoo's layout. */
export const READY = 'ready';

/** What rounds need of the nodes. */
interface RoundNodes {
  find(path: string): Znode | undefined;
  remove(node: Znode, owner: undefined): void;
}

/** The rounds of double barriers that somebody left in one transaction. */
export class BarrierRounds {
  #departures: { readonly ready: Znode; readonly byParticipant: boolean }[] = [];

  /** A child of the parent of `ready` is gone. */
  noteDeparture(ready: Znode, byParticipant: boolean): void {
    this.#departures.push({ ready, byParticipant });
  }

  /**
   * The last one out of a barrier's round closes it, however it left. Only rounds that Conclave's commands had a
   * part in: elsewhere a child called `ready` is nobody's business but its maker's.
   */
  settle(nodes: RoundNodes): void {
    if (this.#departures.length === 0) return;
    const departures = this.#departures;
    this.#departures = [];
    for (const { ready, byParticipant } of departures) {
      const isLast = ready.parent?.childCount === 1 && nodes.find(ready.path) === ready;
      const isOurs = byParticipant || ready.role === ZnodeRole.ready;
      if (isLast && isOurs && ready.childCount === 0 && !isOfSession(ready.owner)) {
        nodes.remove(ready, undefined);
      }
    }
    // The removals above were noted too, and have nothing to close.
    this.#departures = [];
  }
}
