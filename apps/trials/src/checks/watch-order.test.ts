import { expect, test } from 'vitest';
import type { JournalEntry } from '../clients/journal.ts';
import { checkWatches } from './watch-order.ts';

const path = '/watches/0';
const armed = (watch: number, since: number, session = 's1'): JournalEntry => ({
  type: 'armed',
  session,
  watch,
  path,
  since,
});
const fired = (watch: number): JournalEntry => ({ type: 'fired', watch, path });
const seen = (mzxid: number, session = 's1'): JournalEntry => ({ type: 'seen', session, path, mzxid });

test('a watch may fire before the change is seen', () => {
  checkWatches([seen(1), armed(1, 1), seen(1), fired(1), seen(2), seen(3)]);
});

test('a watch may fire before the client has processed the answer that set it', () => {
  checkWatches([fired(1), armed(1, 1), seen(2)]);
});

test('the checker finds a change that was seen before its watch fired', () => {
  expect(() => checkWatches([armed(1, 1), seen(2), fired(1)])).toThrow('a watch fires before');
});

test('watches of a session that is over need not fire', () => {
  checkWatches([armed(1, 1), seen(2, 's2')]);
});

test('the checker finds a watch that fires twice', () => {
  expect(() => checkWatches([armed(1, 1), fired(1), fired(1)])).toThrow('fires once');
});

test('the checker finds a session that goes back in time, and lets different sessions differ', () => {
  checkWatches([seen(2), seen(1, 's2')]);
  expect(() => checkWatches([seen(2), seen(1)])).toThrow('a session never goes back');
});
