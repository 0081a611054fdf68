import { isConclaveError } from '@conclave/client';
import { type FencingGate, fencingGate } from '@conclave/recipes';
import { monotonicMs } from './journal.ts';

/** One request to the resource, in the order of arrival. */
export interface Use {
  readonly lock: string;
  readonly token: number;
  readonly admitted: boolean;
  /** Of its arrival, by `monotonicMs`. */
  readonly at: number;
}

/**
 * Something outside of the ensemble that only the holder of a lock may use. It knows nothing of leases: all it heeds is
 * the fencing token of each request.
 */
export class Resource {
  readonly uses: Use[] = [];
  readonly #gates = new Map<string, FencingGate>();

  use(lock: string, token: number): void {
    const gate = this.#gates.get(lock) ?? fencingGate();
    this.#gates.set(lock, gate);
    this.uses.push({ lock, token, admitted: admits(gate, token), at: monotonicMs() });
  }

  /** Whether somebody with a later grant of this lock has been here. */
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
