import type { EventWatch, TreeEvent, WatchEvent } from '@conclave/client';

export interface WatchesOptions {
  readonly onEvent: (event: WatchEvent | TreeEvent) => void;
  /** A watch that stays has ended by itself. */
  readonly onEnded: (path: string, error: unknown) => void;
}

interface Watch {
  readonly path: string;
  /** Ends it where it would stay; one that fires once is only told no more. */
  readonly end: () => void;
}

/** The watches that commands have left behind: those that fire once, and those that stay. */
export class Watches {
  /** Whether events are told. */
  printing = true;
  readonly #options: WatchesOptions;
  readonly #watches = new Set<Watch>();
  readonly #idle: (() => void)[] = [];

  constructor(options: WatchesOptions) {
    this.#options = options;
  }

  get armed(): number {
    return this.#watches.size;
  }

  /** What to hand to the client for one event, or nothing when no watch is wanted. */
  arm(wanted: boolean, path: string): ((event: WatchEvent) => void) | undefined {
    if (!wanted) return undefined;
    const watch: Watch = { path, end: () => {} };
    this.#watches.add(watch);
    return (event) => {
      if (!this.#watches.has(watch)) return;
      this.#tell(event);
      this.#remove(watch);
    };
  }

  /** Tells all events until it is removed or ends by itself. */
  follow(path: string, events: EventWatch): void {
    const watch: Watch = { path, end: () => stop() };
    this.#watches.add(watch);
    const stop = events.subscribe(
      (event) => this.#tell(event),
      (error) => {
        if (!this.#watches.has(watch)) return;
        this.#options.onEnded(path, error);
        this.#remove(watch);
      },
    );
  }

  /** Removes all watches on a path. How many there were. */
  remove(path: string): number {
    const removed = [...this.#watches].filter((watch) => watch.path === path);
    for (const watch of removed) {
      watch.end();
      this.#remove(watch);
    }
    return removed.length;
  }

  /** Resolves when none is left. */
  idle(): Promise<void> {
    if (this.armed === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #tell(event: WatchEvent | TreeEvent): void {
    if (this.printing) this.#options.onEvent(event);
  }

  #remove(watch: Watch): void {
    this.#watches.delete(watch);
    if (this.armed === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
