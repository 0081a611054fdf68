import { counterOf, epochOf, InvariantError, makeZxid, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from './entry.ts';
import { follows, History } from './history.ts';

const entry = (zxid: Zxid): Entry => ({ zxid, payload: new Uint8Array(counterOf(zxid) % 7) });

/** `run(2, 5)`: the zxids 2:1 to 2:5. */
const run = (epoch: number, length: number, from = 1): Zxid[] =>
  Array.from({ length }, (_, i) => makeZxid(epoch, from + i));

function historyOf(zxids: readonly Zxid[], base: Zxid = ZXID_ZERO): History {
  const history = new History(base);
  for (const zxid of zxids) history.append(entry(zxid));
  return history;
}

test.each([
  ['a gap', makeZxid(1, 3)],
  ['the same again', makeZxid(1, 1)],
  ['an epoch that does not begin at 1', makeZxid(2, 2)],
  ['an earlier epoch', makeZxid(0, 2)],
])('%s is not appended', (_, zxid) => {
  expect(() => historyOf(run(1, 1)).append(entry(zxid))).toThrow(InvariantError);
});

test('positions outlive trimming', () => {
  const history = historyOf([...run(1, 5), ...run(3, 5)]);
  const position = history.positionAfter(makeZxid(3, 1));
  history.trim(makeZxid(1, 4), 1, 2 ** 30);
  expect([history.base, history.first, history.length]).toEqual([makeZxid(1, 4), 4, 6]);
  expect(history.positionAfter(makeZxid(3, 1))).toBe(position);
  expect(history.positionAfter(makeZxid(1, 3))).toBeUndefined();
  expect(history.positionAfter(makeZxid(1, 4))).toBe(4);
});

test('trimming stops at its limits, and never passes `through`', () => {
  const history = historyOf(run(1, 100));
  history.trim(makeZxid(1, 90), 30, 2 ** 30);
  expect(history.length).toBe(30);
  history.trim(makeZxid(1, 90), 2, 2 ** 30);
  expect(history.base).toBe(makeZxid(1, 90));
  history.trim(makeZxid(1, 95), 100, 1);
  expect(history.base).toBe(makeZxid(1, 95));
});

test.each<[string, Zxid[], Zxid[], Zxid | undefined]>([
  ['equal logs', run(1, 5), run(1, 5), makeZxid(1, 5)],
  ['the other is behind', run(1, 5), run(1, 3), makeZxid(1, 3)],
  ['the other is ahead in the same epoch', run(1, 3), run(1, 5), makeZxid(1, 3)],
  ['the other is empty', run(1, 3), [], ZXID_ZERO],
  [
    'the other has an epoch of its own',
    [...run(1, 9), ...run(3, 2)],
    [...run(1, 4), ...run(2, 3)],
    makeZxid(1, 4),
  ],
  ['nothing in common', run(2, 3), run(1, 3), ZXID_ZERO],
  ['the other stopped at an epoch boundary', [...run(1, 4), ...run(2, 2)], run(1, 4), makeZxid(1, 4)],
])('common point: %s', (_, ours, theirs, expected) => {
  expect(historyOf(ours).commonPoint(historyOf(theirs).tails())).toBe(expected);
});

test('a common point before the base is not known', () => {
  const history = historyOf([...run(1, 9), ...run(3, 2)]);
  history.trim(makeZxid(1, 6), 1, 2 ** 30);
  expect(history.commonPoint(historyOf(run(1, 5)).tails())).toBeUndefined();
  expect(history.commonPoint(historyOf(run(1, 6)).tails())).toBe(makeZxid(1, 6));
  expect(history.commonPoint(historyOf([...run(1, 6), ...run(2, 3)]).tails())).toBe(makeZxid(1, 6));
  expect(history.commonPoint(historyOf([...run(1, 5), ...run(2, 3)]).tails())).toBeUndefined();
  expect(history.commonPoint(historyOf([], makeZxid(3, 1)).tails())).toBe(makeZxid(3, 1));
});

/** A log as lengths of its epochs, some of them empty. */
const lengths = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 });
const zxidsOf = (log: readonly number[]): Zxid[] => log.flatMap((length, i) => run(i + 1, length));

test('the common point is the end of the common prefix', () => {
  // Two logs that share what one leader wrote: equal epochs come from one leader, so after the first epoch in
  // which they part, no later epoch is in both.
  fc.assert(
    fc.property(lengths, lengths, fc.nat(4), fc.nat(20), (shared, rest, cut, trim) => {
      const ours = zxidsOf(shared);
      const part = ours.slice(0, Math.max(0, ours.length - cut));
      const lastEpoch = part.length === 0 ? 0 : epochOf(part.at(-1) as Zxid);
      const theirs = [
        ...part,
        ...zxidsOf(rest).map((zxid) => makeZxid(epochOf(zxid) + lastEpoch + 10, counterOf(zxid))),
      ];
      const history = historyOf(ours);
      history.trim(ours[trim] ?? ZXID_ZERO, 1, 2 ** 30);
      const expected = part.at(-1) ?? ZXID_ZERO;
      const found = history.commonPoint(historyOf(theirs).tails());
      expect(found).toBe(expected >= history.base ? expected : undefined);
    }),
  );
});

/** The obvious twin: an array of zxids. */
interface Model {
  zxids: Zxid[];
  base: Zxid;
}

test('it does what an array does', () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant('append' as const), nextEpoch: fc.boolean() }),
    fc.record({ type: fc.constant('truncate' as const), at: fc.nat(30) }),
    fc.record({ type: fc.constant('trim' as const), at: fc.nat(30), keep: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ type: fc.constant('reset' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const model: Model = { zxids: [], base: ZXID_ZERO };
      const history = new History(ZXID_ZERO);
      for (const each of steps) {
        const last = model.zxids.at(-1) ?? model.base;
        if (each.type === 'append') {
          const zxid = each.nextEpoch || last === 0 ? makeZxid(epochOf(last) + 1, 1) : ((last + 1) as Zxid);
          model.zxids.push(zxid);
          history.append(entry(zxid));
        } else if (each.type === 'reset') {
          model.base = makeZxid(epochOf(last) + 1, 7);
          model.zxids = [];
          history.reset(model.base);
        } else {
          const zxid = model.zxids[each.at] ?? model.base;
          if (each.type === 'truncate') {
            model.zxids = model.zxids.filter((other) => other <= zxid);
            history.truncate(zxid);
          } else {
            while (model.zxids.length > each.keep && (model.zxids[0] as Zxid) <= zxid) {
              model.base = model.zxids.shift() as Zxid;
            }
            history.trim(zxid, each.keep, 2 ** 30);
          }
        }
        compare(history, model);
      }
    }),
  );
});

function compare(history: History, model: Model): void {
  expect(history.base).toBe(model.base);
  expect(history.last).toBe(model.zxids.at(-1) ?? model.base);
  expect(history.slice(history.first, history.end).map(({ zxid }) => zxid)).toEqual(model.zxids);
  const sizes = model.zxids.map((zxid) => entry(zxid).payload.length + 64);
  expect(history.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  for (const [i, zxid] of model.zxids.entries()) {
    expect(history.positionAfter(zxid)).toBe(history.first + i + 1);
    expect(history.zxidBefore(history.first + i + 1)).toBe(zxid);
  }
  const tails = model.zxids.filter((zxid, i) => epochOf(zxid) !== epochOf(model.zxids[i + 1] ?? ZXID_ZERO));
  expect(history.tails()).toEqual([...tails.reverse(), model.base]);
}

test('what may follow what', () => {
  expect(follows(makeZxid(1, 5), makeZxid(1, 6))).toBe(true);
  expect(follows(makeZxid(1, 5), makeZxid(4, 1))).toBe(true);
  expect(follows(ZXID_ZERO, makeZxid(1, 1))).toBe(true);
  expect(follows(makeZxid(1, 5), makeZxid(1, 7))).toBe(false);
  expect(follows(makeZxid(2, 1), makeZxid(2, 1))).toBe(false);
});
