/** Callbacks to call in the order they came. */
export class Listeners<Arguments extends readonly unknown[]> {
  readonly #callbacks = new Set<(...args: Arguments) => void>();

  /** Returns what takes the callback away again. */
  add(callback: (...args: Arguments) => void): () => void {
    const listener = (...args: Arguments) => callback(...args);
    this.#callbacks.add(listener);
    return () => {
      this.#callbacks.delete(listener);
    };
  }

  emit(...args: Arguments): void {
    for (const callback of [...this.#callbacks]) callGuarded(callback, ...args);
  }

  clear(): void {
    this.#callbacks.clear();
  }
}

/**
 * Calls a callback of the program's. What it throws becomes an uncaught exception of a later turn, where it is
 * seen, and not a fault of the session in the middle of a frame.
 */
export function callGuarded<Arguments extends readonly unknown[]>(
  callback: (...args: Arguments) => void,
  ...args: Arguments
): void {
  try {
    callback(...args);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
