import { expect, test } from 'vitest';
import { ReportedEvents } from './reported-events.ts';

const [one, other] = [{ name: 'one' }, { name: 'other' }];

test('an event that several watches report is recorded once', () => {
  const events = new ReportedEvents();
  events.report(one, 'changed');
  events.report(other, 'changed');
  events.report(other, 'deleted');
  expect(events.size).toBe(2);
  expect(events.take()).toEqual(['changed', 'deleted']);
});

test('an event that one watch reports several times is recorded as often', () => {
  const events = new ReportedEvents();
  for (const listener of [one, one, other, other, other]) events.report(listener, 'changed');
  expect(events.take()).toEqual(['changed', 'changed', 'changed']);
});

test('taking the events forgets them', () => {
  const events = new ReportedEvents();
  events.report(one, 'changed');
  events.take();
  expect(events.take()).toEqual([]);
  events.report(other, 'changed');
  expect(events.take()).toEqual(['changed']);
});
