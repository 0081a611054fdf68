import { isConclaveError } from '@conclave/client';
import { type FencingGate, fencingGate } from '@conclave/recipes';
import { lateUsesOf, type ResourceUse } from '@conclave/simulator';
import { monotonicMs } from './journal.ts';

/** One request to the resource, in the order of arrival. */
export interface Use extends ResourceUse {
  readonly lock: string;
  /** The time of its arrival, by `monotonicMs`. */
  readonly at: number;
}

/**
 * A resource outside of the ensemble that only the holder of a lock may use. It knows nothing of leases and checks only
 * the fencing token of each request.
 */
export class Resource {
  readonly uses: Use[] = [];
  readonly #gates = new Map<string, FencingGate>();

  use({ holder, lock, token }: Pick<Use, 'holder' | 'lock' | 'token'>): void {
    const gate = this.#gates.get(lock) ?? fencingGate();
    this.#gates.set(lock, gate);
    this.uses.push({ holder, lock, token, isAdmitted: admits(gate, token), at: monotonicMs() });
  }

  /** Uses by former holders that arrived after a use by a later holder. */
  get lateUses(): Use[] {
    const late = [...Map.groupBy(this.uses, ({ lock }) => lock).values()].flatMap((uses) => lateUsesOf(uses));
    return this.uses.filter((use) => late.includes(use));
  }

  /** Whether a client with a later grant of this lock has used the resource. */
  isPast(lock: string, token: number): boolean {
    return Number(this.#gates.get(lock)?.highest ?? 0) > token;
  }
}

function admits(gate: FencingGate, token: number): boolean {
  try {
    gate.admit(token);
    return true;
  } catch (error) {
    if (!isConclaveError(error) || error.code !== 'GRANT_OVER') throw error;
    return false;
  }
}
