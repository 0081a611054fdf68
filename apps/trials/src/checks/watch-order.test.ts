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

test('a watch that fires before the change is seen is right', () => {
  checkWatches([seen(1), armed(1, 1), seen(1), fired(1), seen(2), seen(3)]);
});

test('a watch that fires before its own answer was taken is right', () => {
  checkWatches([fired(1), armed(1, 1), seen(2)]);
});

test('a change that is seen while its watch has not fired is found', () => {
  expect(() => checkWatches([armed(1, 1), seen(2), fired(1)])).toThrow('a watch fires before');
});

test('the watches of a session that is over wait for nothing', () => {
  checkWatches([armed(1, 1), seen(2, 's2')]);
});

test('a watch that fires twice is found', () => {
  expect(() => checkWatches([armed(1, 1), fired(1), fired(1)])).toThrow('fires once');
});

test('a session that goes back is found, another one may see what it sees', () => {
  checkWatches([seen(2), seen(1, 's2')]);
  expect(() => checkWatches([seen(2), seen(1)])).toThrow('a session never goes back');
});
