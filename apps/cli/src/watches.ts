import type { EventWatch, TreeEvent, WatchEvent } from '@conclave/client';

export interface WatchesOptions {
  readonly onEvent: (event: WatchEvent | TreeEvent) => void;
  /** Called when a persistent watch has ended by itself. */
  readonly onEnded: (path: string, error: unknown) => void;
}

interface Watch {
  readonly path: string;
  /** Ends a persistent watch. A one-shot watch stays on the server, and its event is dropped. */
  readonly end: () => void;
}

/** The watches that commands have set, one-shot and persistent. */
export class Watches {
  /** Whether events are printed. */
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

  /** Returns a listener for one event, to be passed to the client, or `undefined` if no watch is wanted. */
  arm(wanted: boolean, path: string): ((event: WatchEvent) => void) | undefined {
    if (!wanted) return undefined;
    const watch: Watch = { path, end: () => {} };
    this.#watches.add(watch);
    return (event) => {
      if (!this.#watches.has(watch)) return;
      this.#report(event);
      this.#remove(watch);
    };
  }

  /** Reports all events until the watch is removed or ends by itself. */
  follow(path: string, events: EventWatch): void {
    const watch: Watch = { path, end: () => stop() };
    this.#watches.add(watch);
    const stop = events.subscribe(
      (event) => this.#report(event),
      (error) => {
        if (!this.#watches.has(watch)) return;
        this.#options.onEnded(path, error);
        this.#remove(watch);
      },
    );
  }

  /** Removes all watches on a path, and returns how many there were. */
  remove(path: string): number {
    const removed = [...this.#watches].filter((watch) => watch.path === path);
    for (const watch of removed) {
      watch.end();
      this.#remove(watch);
    }
    return removed.length;
  }

  /** Resolves when no watch is left. */
  idle(): Promise<void> {
    if (this.armed === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #report(event: WatchEvent | TreeEvent): void {
    if (this.printing) this.#options.onEvent(event);
  }

  #remove(watch: Watch): void {
    this.#watches.delete(watch);
    if (this.armed === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
