import { isConclaveError } from '@conclave/client';
import type { HeldLock } from '@conclave/recipes';

/** The locks that the shell holds, until it gives them back or loses them. */
export class HeldLocks {
  readonly #locks = new Map<string, HeldLock>();
  readonly #onLost: (path: string, reason: unknown) => void;

  constructor(onLost: (path: string, reason: unknown) => void) {
    this.#onLost = onLost;
  }

  get paths(): readonly string[] {
    return [...this.#locks.keys()];
  }

  has(path: string): boolean {
    return this.#locks.has(path);
  }

  add(path: string, lock: HeldLock): void {
    this.#locks.set(path, lock);
    const { signal } = lock;
    const handleAbort = () => {
      if (this.#locks.get(path) !== lock) return;
      this.#locks.delete(path);
      const { reason } = signal;
      // Whoever ends the session wants its locks to go.
      if (!isConclaveError(reason) || reason.code !== 'CLOSED') this.#onLost(path, reason);
    };
    if (signal.aborted) handleAbort();
    else signal.addEventListener('abort', handleAbort, { once: true });
  }

  /** `undefined`: the shell does not hold it. */
  take(path: string): HeldLock | undefined {
    const lock = this.#locks.get(path);
    this.#locks.delete(path);
    return lock;
  }
}
