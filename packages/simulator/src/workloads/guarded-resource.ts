import { isConclaveError } from '@conclave/client';
import { fencingGate } from '@conclave/recipes';
import { checkFencing, lateUsesOf, type ResourceUse } from '../checkers/fencing.ts';
import type { World } from '../world/world.ts';

/** The longest time that a request is on its way. Most requests take much less. */
const DELAY_MS_MAX = 3_000;

/**
 * A resource outside of the ensemble that only the holder of a lock may use. It checks fencing tokens, and knows no
 * sessions.
 */
export class GuardedResource {
  readonly name: string;
  readonly #world: World;
  readonly #gate = fencingGate();
  readonly #uses: ResourceUse[] = [];

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  /**
   * The number of requests that a resource without a gate would have accepted from former holders after a later
   * one's.
   */
  get lateUses(): number {
    return lateUsesOf(this.#uses).length;
  }

  /** Sends a request. `slowness`, from 0 to 1, decides how long it is on its way. */
  use(holder: string, token: number, slowness: number): void {
    this.#world.after(slowness ** 8 * DELAY_MS_MAX, () => {
      this.#uses.push({ holder, token, isAdmitted: this.#admits(token) });
    });
  }

  /** Checks the requests so far. Throws `Violation`. */
  check(): void {
    checkFencing(this.name, this.#uses);
  }

  #admits(token: number): boolean {
    try {
      this.#gate.admit(token);
      return true;
    } catch (error) {
      if (!isConclaveError(error)) throw error;
      return false;
    }
  }
}
