import { readFileSync } from 'node:fs';

/**
 * A module to load before a program. It shifts the wall clock that the program sees, `Date`, by the milliseconds in the
 * file `CONCLAVE_TRIALS_CLOCK`. When that file changes the clock jumps. The monotonic clock is not affected, as on a
 * machine whose wall clock is set.
 */
const LOOK_EVERY_MS = 20;

const file = process.env.CONCLAVE_TRIALS_CLOCK;
if (file !== undefined) {
  let shiftMs = 0;
  const look = (): void => {
    try {
      shiftMs = Number(readFileSync(file, 'utf8')) || 0;
    } catch {
      // The file does not exist until a clock has to jump.
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
