import { InvariantError, makeZxid, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { Persistence } from './persistence.ts';

const zxid = (counter: number): Zxid => makeZxid(1, counter);
const entry = (counter: number) => ({ zxid: zxid(counter), payload: new Uint8Array(1) });

test('what is asked for between two takes is one batch', () => {
  const persistence = new Persistence(0, 0, ZXID_ZERO);
  persistence.append(entry(1));
  persistence.append(entry(2));
  const sequence = persistence.setEpochs(1, 1);
  persistence.append(entry(3));
  expect(persistence.take(zxid(3))).toEqual({
    sequence,
    operations: [
      { type: 'append', entries: [entry(1), entry(2)] },
      { type: 'epochs', acceptedEpoch: 1, currentEpoch: 1 },
      { type: 'append', entries: [entry(3)] },
    ],
  });
  expect(persistence.take(zxid(3))).toBeUndefined();
});

test('durability advances with the batches, not with what was asked for', () => {
  const persistence = new Persistence(0, 0, ZXID_ZERO);
  persistence.append(entry(1));
  const first = persistence.sequence;
  persistence.take(zxid(1));
  persistence.append(entry(2));
  const second = persistence.sequence;
  persistence.take(zxid(2));
  expect(persistence.lastDurable).toBe(ZXID_ZERO);
  persistence.persisted(first);
  expect(persistence.lastDurable).toBe(zxid(1));
  expect([persistence.isDurable(first), persistence.isDurable(second)]).toEqual([true, false]);
  persistence.persisted(second);
  expect(persistence.lastDurable).toBe(zxid(2));
});

test('one report may cover several batches', () => {
  const persistence = new Persistence(0, 0, ZXID_ZERO);
  for (const counter of [1, 2, 3]) {
    persistence.append(entry(counter));
    persistence.take(zxid(counter));
  }
  persistence.persisted(3);
  expect(persistence.lastDurable).toBe(zxid(3));
  persistence.persisted(2);
  expect(persistence.lastDurable).toBe(zxid(3));
});

test('what is cut off is not durable any more', () => {
  const persistence = new Persistence(1, 1, zxid(9));
  persistence.truncate(zxid(4));
  persistence.append(entry(5));
  expect(persistence.lastDurable).toBe(zxid(4));
});

test.each<[string, (persistence: Persistence) => void]>([
  ['a batch never given out is durable', (persistence) => persistence.persisted(1)],
  ['an epoch falls', (persistence) => persistence.setEpochs(1, 1)],
  ['the current epoch passes the accepted one', (persistence) => persistence.setEpochs(3, 4)],
  [
    'a checkpoint replaces a log that is being written',
    (persistence) => {
      persistence.append(entry(6));
      persistence.take(zxid(6));
      persistence.reset(zxid(9));
    },
  ],
  [
    'entries in flight are cut off',
    (persistence) => {
      persistence.append(entry(6));
      persistence.take(zxid(6));
      persistence.truncate(zxid(3));
    },
  ],
])('%s: the process stops', (_, act) => {
  expect(() => act(new Persistence(3, 2, zxid(5)))).toThrow(InvariantError);
});
