import type { WatchEvent } from '@conclave/client';

/** The one-shot watches that commands have left behind. */
export class Watches {
  readonly #onEvent: (event: WatchEvent) => void;
  readonly #idle: (() => void)[] = [];
  #armed = 0;

  constructor(onEvent: (event: WatchEvent) => void) {
    this.#onEvent = onEvent;
  }

  get armed(): number {
    return this.#armed;
  }

  /** What to hand to the client, or nothing when no watch is wanted. */
  arm(wanted: boolean): ((event: WatchEvent) => void) | undefined {
    if (!wanted) return undefined;
    this.#armed++;
    return (event) => {
      this.#armed--;
      this.#onEvent(event);
      if (this.#armed === 0) for (const resolve of this.#idle.splice(0)) resolve();
    };
  }

  /** Resolves when all that are armed have fired. */
  idle(): Promise<void> {
    if (this.#armed === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }
}
