import { isConclaveError } from '@conclave/client';
import type { HeldLock } from '@conclave/recipes';

/** The locks that the shell holds, until it releases or loses them. */
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
      // The user ended the session, and its locks with it.
      if (!isConclaveError(reason) || reason.code !== 'CLOSED') this.#onLost(path, reason);
    };
    if (signal.aborted) handleAbort();
    else signal.addEventListener('abort', handleAbort, { once: true });
  }

  /** Returns `undefined` if the shell does not hold the lock. */
  take(path: string): HeldLock | undefined {
    const lock = this.#locks.get(path);
    this.#locks.delete(path);
    return lock;
  }
}
