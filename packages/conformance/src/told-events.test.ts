import { expect, test } from 'vitest';
import { ToldEvents } from './told-events.ts';

const [one, other] = [{ name: 'one' }, { name: 'other' }];

test('what several watches are told is written down once', () => {
  const events = new ToldEvents();
  events.tell(one, 'changed');
  events.tell(other, 'changed');
  events.tell(other, 'deleted');
  expect(events.size).toBe(2);
  expect(events.take()).toEqual(['changed', 'deleted']);
});

test('what one watch is told several times is written down so often', () => {
  const events = new ToldEvents();
  for (const listener of [one, one, other, other, other]) events.tell(listener, 'changed');
  expect(events.take()).toEqual(['changed', 'changed', 'changed']);
});

test('what was taken is over', () => {
  const events = new ToldEvents();
  events.tell(one, 'changed');
  events.take();
  expect(events.take()).toEqual([]);
  events.tell(other, 'changed');
  expect(events.take()).toEqual(['changed']);
});
