import { webcrypto } from 'node:crypto';

/**
 * What code inside the world reaches through globals. While a run is under way these lead into the world; code of
 * the test runner that happens to run in between gets what it always had.
 */
export interface Globals {
  /** Whether the code that runs now belongs to the world. */
  readonly inside: boolean;
  monotonicMs(): number;
  wallMs(): number;
  random(): number;
  fillRandom(bytes: Uint8Array): void;
  setTimer(task: () => void, delayMs: number): object;
  clearTimer(timer: object): void;
}

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  setImmediate: globalThis.setImmediate,
  dateNow: Date.now,
  performanceNow: performance.now,
  random: Math.random,
  getRandomValues: webcrypto.getRandomValues,
  randomUUID: webcrypto.randomUUID,
};

/** The event loop's own, whatever is diverted. */
export const nextTurn: (task: () => void) => unknown = real.setImmediate;

export function realNowMs(): number {
  return real.performanceNow.call(performance);
}

class EscapeError extends Error {
  override readonly name = 'EscapeError';
  constructor(what: string) {
    super(`code inside the world has used ${what}, which is not part of it`);
  }
}

/** Diverts the globals until the returned function is called. One world at a time. */
export function divertGlobals(world: Globals): () => void {
  const divert = (target: object, name: string, inside: (...args: never[]) => unknown): void => {
    const outside = Reflect.get(target, name) as (...args: unknown[]) => unknown;
    const value = function (this: unknown, ...args: unknown[]): unknown {
      return world.inside ? inside(...(args as never[])) : outside.apply(this, args);
    };
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  };
  divert(globalThis, 'setTimeout', (task: () => void, delayMs = 0) => new WorldTimer(world, task, delayMs));
  divert(globalThis, 'clearTimeout', (timer: unknown) => {
    if (timer instanceof WorldTimer) timer.clear();
  });
  divert(globalThis, 'setInterval', () => {
    throw new EscapeError('setInterval');
  });
  divert(globalThis, 'setImmediate', (task: () => void) => new WorldTimer(world, task, 0));
  divert(Date, 'now', () => world.wallMs());
  divert(performance, 'now', () => world.monotonicMs());
  divert(Math, 'random', () => world.random());
  divert(webcrypto, 'getRandomValues', (bytes: Uint8Array) => {
    world.fillRandom(bytes);
    return bytes;
  });
  divert(webcrypto, 'randomUUID', () => {
    throw new EscapeError('crypto.randomUUID');
  });
  return () => {
    globalThis.setTimeout = real.setTimeout;
    globalThis.clearTimeout = real.clearTimeout;
    globalThis.setInterval = real.setInterval;
    globalThis.setImmediate = real.setImmediate;
    Date.now = real.dateNow;
    Math.random = real.random;
    // These live on the prototypes: what stands before them goes.
    Reflect.deleteProperty(performance, 'now');
    Reflect.deleteProperty(webcrypto, 'getRandomValues');
    Reflect.deleteProperty(webcrypto, 'randomUUID');
  };
}

/** What `setTimeout` returns inside the world. */
class WorldTimer {
  readonly #world: Globals;
  readonly #timer: object;

  constructor(world: Globals, task: () => void, delayMs: number) {
    this.#world = world;
    this.#timer = world.setTimer(task, delayMs);
  }

  clear(): void {
    this.#world.clearTimer(this.#timer);
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
