/** Callbacks that are called in the order in which they were added. */
export class Listeners<Arguments extends readonly unknown[]> {
  readonly #callbacks = new Set<(...args: Arguments) => void>();

  /** Returns a function that removes the callback. */
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
 * Calls a callback of the program. An error that it throws becomes an uncaught exception a little later. The program
 * sees it there, and it does not disturb the session amid a frame.
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
