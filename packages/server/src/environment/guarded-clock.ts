import type { Clock } from './environment.ts';

/** A clock that reports to `onError` what its timers' tasks throw. */
export function guardedClock(clock: Clock, onError: (error: unknown) => void): Clock {
  return {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
    endOfTurn: (task) => clock.endOfTurn(task),
    after: (delayMs, task) =>
      clock.after(delayMs, () => {
        try {
          task();
        } catch (error) {
          onError(error);
        }
      }),
  };
}
