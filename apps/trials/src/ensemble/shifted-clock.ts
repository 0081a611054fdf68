import { readFileSync } from 'node:fs';

/**
 * To be loaded before a program: the wall clock that it sees, `Date`, differs from the true one by what stands in the
 * file `CONCLAVE_TRIALS_CLOCK`, in milliseconds, and jumps when that changes. The monotonic clock goes on as it does,
 * as on a machine whose wall clock is set.
 */
const LOOK_EVERY_MS = 20;

const file = process.env.CONCLAVE_TRIALS_CLOCK;
if (file !== undefined) {
  let shiftMs = 0;
  const look = (): void => {
    try {
      shiftMs = Number(readFileSync(file, 'utf8')) || 0;
    } catch {
      // It is there as soon as a clock is to jump.
    }
  };
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
  const trueNow = Date.now;
  const now = (): number => trueNow() + shiftMs;
  globalThis.Date = new Proxy(Date, {
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new Date(now()).toString(),
  });
}
