import { isOfSession } from './node-owner.ts';
import type { Znode } from './znode.ts';
import { ZnodeRole } from './znode-role.ts';

/** The child that marks a double barrier as open, in Curator's and kazoo's layout. */
export const READY = 'ready';

/** The node operations that rounds need. */
interface RoundNodes {
  find(path: string): Znode | undefined;
  remove(node: Znode, owner: undefined): void;
}

/** The rounds of double barriers that a participant left during one transaction. */
export class BarrierRounds {
  #departures: { readonly ready: Znode; readonly byParticipant: boolean }[] = [];

  /** A child of the parent of `ready` is gone. */
  noteDeparture(ready: Znode, byParticipant: boolean): void {
    this.#departures.push({ ready, byParticipant });
  }

  /**
   * The last participant out of a barrier's round closes it, however it left. This applies only to rounds that
   * Conclave's commands took part in. Elsewhere a child called `ready` belongs to the client that created it.
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
    // The removals above were noted as well. They have nothing to close.
    this.#departures = [];
  }
}
