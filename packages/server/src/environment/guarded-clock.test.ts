import { expect, test } from 'vitest';
import { guardedClock } from './guarded-clock.ts';
import { nodeClock } from './node-environment.ts';

test('the error of a timer is reported instead of thrown, and a cancelled timer reports none', () => {
  const tasks = new Set<() => void>();
  const errors: unknown[] = [];
  const clock = guardedClock(
    {
      ...nodeClock,
      after: (_delayMs, task) => {
        tasks.add(task);
        return () => tasks.delete(task);
      },
    },
    (error) => errors.push(error),
  );
  const fault = new Error('a fault');
  const fail = () => {
    throw fault;
  };
  clock.after(1, fail);
  clock.after(1, fail)();
  for (const task of tasks) task();
  expect(errors).toEqual([fault]);
});
