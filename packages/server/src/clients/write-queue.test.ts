import { beforeEach, expect, test } from 'vitest';
import { nodeClock } from '../environment/node-environment.ts';
import { WriteQueue, type Writer } from './write-queue.ts';

let nowMs: number;
let queue: WriteQueue<Writer>;
let flushed: number[];

beforeEach(() => {
  nowMs = 0;
  flushed = [];
  queue = new WriteQueue({ ...nodeClock, monotonicMs: () => nowMs });
});

/** Each write takes 0.1 ms. */
function writers(count: number): Writer[] {
  return Array.from({ length: count }, (_, i) => ({
    flush: () => {
      nowMs += 0.1;
      flushed.push(i);
    },
  }));
}

test('all answers of a turn leave at its end', () => {
  for (const writer of writers(1_000)) queue.add(writer, true);
  queue.flush();
  expect(flushed).toHaveLength(1_000);
  expect(queue.anyLeft).toBe(false);
});

test('events leave in parts of limited length, in the order in which they came', () => {
  for (const writer of writers(1_000)) queue.add(writer, false);
  const stretches: number[] = [];
  while (queue.anyLeft) {
    const before = flushed.length;
    queue.flush();
    stretches.push(flushed.length - before);
  }
  expect(stretches.length).toBeGreaterThan(5);
  expect(Math.max(...stretches)).toBeLessThanOrEqual(128);
  expect(flushed).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
});

test('an answer makes the events before it leave at once, and only once', () => {
  const all = writers(1_000);
  for (const writer of all) queue.add(writer, false);
  const last = all.at(-1);
  if (last === undefined) throw new Error('there are writers');
  queue.add(last, true);
  queue.add(last, false);
  queue.flush();
  expect(flushed[0]).toBe(999);
  while (queue.anyLeft) queue.flush();
  expect(flushed.filter((each) => each === 999)).toHaveLength(1);
});

test('a connection that has closed is not written to', () => {
  const [first, second] = writers(2);
  if (first === undefined || second === undefined) throw new Error('there are writers');
  queue.add(first, false);
  queue.add(second, true);
  queue.delete(first);
  queue.delete(second);
  queue.flush();
  expect(flushed).toEqual([]);
});
