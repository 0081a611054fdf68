import { isConclaveError } from '@conclave/client';
import { fencingGate } from '@conclave/recipes';
import { checkFencing, lateUsesOf, type ResourceUse } from '../checkers/fencing.ts';
import type { World } from '../world/world.ts';

/** A request may be on its way for this long, though it mostly is not. */
const DELAY_MS_MAX = 3_000;

/** Something outside that only the holder of a lock may use. It heeds fencing tokens, and knows of no lease. */
export class GuardedResource {
  readonly name: string;
  readonly #world: World;
  readonly #gate = fencingGate();
  readonly #uses: ResourceUse[] = [];

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  /** Requests that a resource without a gate would have taken from former holders after a later one's. */
  get lateUses(): number {
    return lateUsesOf(this.#uses).length;
  }

  /** Sends a request; `random`, from 0 to 1, says how long it is on its way. */
  use(holder: string, token: number, random: number): void {
    this.#world.after(random ** 8 * DELAY_MS_MAX, () => {
      this.#uses.push({ holder, token, isAdmitted: this.#admits(token) });
    });
  }

  /** Throws `Violation`. */
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
