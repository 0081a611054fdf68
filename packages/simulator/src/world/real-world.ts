import { webcrypto } from 'node:crypto';

/**
 * The clocks, timers and random numbers that code inside the world reaches through globals. While a run is under way,
 * the globals lead into the world. Code of the test runner that happens to run in between still gets the real ones.
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

/** The real `setImmediate`, even while the globals are diverted. */
export const nextTurn: (task: () => void) => unknown = real.setImmediate;

export function realNowMs(): number {
  return real.performanceNow.call(performance);
}

class EscapeError extends Error {
  override readonly name = 'EscapeError';
  constructor(what: string) {
    super(`code inside the simulated world used ${what}, which the world does not provide`);
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
    // The originals are on the prototypes, so deleting the diverted properties uncovers them.
    Reflect.deleteProperty(performance, 'now');
    Reflect.deleteProperty(webcrypto, 'getRandomValues');
    Reflect.deleteProperty(webcrypto, 'randomUUID');
  };
}

/** The timer that `setTimeout` returns inside the world. */
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
