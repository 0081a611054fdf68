import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation, Outcome } from '../history.ts';
import { checkLinearizable } from './linearizability.ts';
import { type ZnodeInput, type ZnodeResult, znodeModel } from './znode-model.ts';

type ZnodeOperation = Operation<ZnodeInput, ZnodeResult>;

const op = (
  session: string,
  begunAt: number,
  endedAt: number,
  input: ZnodeInput,
  outcome: Outcome<ZnodeResult>,
): ZnodeOperation => ({ session, begunAt, endedAt, input, outcome });

const done = (result: ZnodeResult = {}): Outcome<ZnodeResult> => ({ type: 'done', result });
const refused = (code: string): Outcome<ZnodeResult> => ({ type: 'refused', code });
const unknown: Outcome<ZnodeResult> = { type: 'unknown' };
const never: Outcome<ZnodeResult> = { type: 'never' };
const NEVER = Number.POSITIVE_INFINITY;

const create = (key: string, value: string): ZnodeInput => ({ op: 'create', key, value });
const set = (key: string, value: string, version = -1): ZnodeInput => ({ op: 'set', key, value, version });
const remove = (key: string): ZnodeInput => ({ op: 'delete', key, version: -1 });
const get = (key: string): ZnodeInput => ({ op: 'get', key });
const createBoth: ZnodeInput = {
  op: 'multi',
  writes: [
    { op: 'create', key: 'x', value: '1' },
    { op: 'create', key: 'y', value: '2' },
  ],
};

const made = op('a', 1, 2, create('x', '1'), done());

describe('a history is linearizable', () => {
  test.each<[string, ZnodeOperation[]]>([
    ['if it is empty', []],
    ['if a read follows a write', [made, op('b', 3, 4, get('x'), done({ value: '1', version: 0 }))]],
    [
      'if a read beside a write returns the old or the new value',
      [
        made,
        op('a', 3, 8, set('x', '2'), done({ version: 1 })),
        op('b', 4, 5, get('x'), done({ value: '1', version: 0 })),
        op('b', 6, 7, get('x'), done({ value: '2', version: 1 })),
      ],
    ],
    [
      'if a write of unknown outcome is visible later',
      [
        made,
        op('a', 3, NEVER, set('x', '2'), unknown),
        op('b', 8, 9, get('x'), done({ value: '2', version: 1 })),
      ],
    ],
    [
      'if a write of unknown outcome never happened',
      [
        made,
        op('a', 3, NEVER, set('x', '2'), unknown),
        op('b', 8, 9, get('x'), done({ value: '1', version: 0 })),
      ],
    ],
    [
      'if a conditional write finds another version',
      [made, op('b', 3, 4, set('x', '2', 7), refused('BAD_VERSION'))],
    ],
    [
      'if a write was never sent',
      [op('a', 1, 2, create('x', '1'), never), op('b', 3, 4, get('x'), refused('NO_NODE'))],
    ],
    [
      'if a transaction happens as a whole',
      [
        op('a', 1, 2, createBoth, done()),
        op('b', 3, 4, get('y'), done({ value: '2', version: 0 })),
        op('b', 5, 6, get('x'), done({ value: '1', version: 0 })),
      ],
    ],
  ])('%s', (_, history) => {
    expect(() => checkLinearizable('x', znodeModel, history)).not.toThrow();
  });
});

describe('a history is not linearizable', () => {
  test.each<[string, ZnodeOperation[]]>([
    [
      'if a read is stale, because the write before it was answered',
      [
        made,
        op('a', 3, 4, set('x', '2'), done({ version: 1 })),
        op('b', 5, 6, get('x'), done({ value: '1', version: 0 })),
      ],
    ],
    [
      'if an old value is read after a new one',
      [
        made,
        op('a', 3, 10, set('x', '2'), done({ version: 1 })),
        op('b', 4, 5, get('x'), done({ value: '2', version: 1 })),
        op('c', 6, 7, get('x'), done({ value: '1', version: 0 })),
      ],
    ],
    ['if an acknowledged write is lost', [made, op('b', 3, 4, get('x'), refused('NO_NODE'))]],
    [
      'if a refused write is visible',
      [
        op('a', 1, 2, create('x', '1'), refused('NODE_EXISTS')),
        op('b', 3, 4, get('x'), done({ value: '1', version: 0 })),
      ],
    ],
    [
      'if a write that was never sent is visible',
      [op('a', 1, 2, create('x', '1'), never), op('b', 3, 4, get('x'), done({ value: '1', version: 0 }))],
    ],
    [
      'if a write happens twice',
      [
        made,
        op('a', 3, 4, set('x', '2'), done({ version: 1 })),
        op('b', 5, 6, get('x'), done({ value: '2', version: 2 })),
      ],
    ],
    [
      'if two conditional writes of one version succeed',
      [
        made,
        op('a', 3, 10, set('x', '2', 0), done({ version: 1 })),
        op('b', 4, 9, set('x', '3', 0), done({ version: 1 })),
      ],
    ],
    [
      'if half of a transaction is visible',
      [
        op('a', 1, 2, createBoth, done()),
        op('b', 3, 4, get('x'), done({ value: '1', version: 0 })),
        op('b', 5, 6, get('y'), refused('NO_NODE')),
      ],
    ],
    [
      'if a deleted node is deleted again',
      [made, op('a', 3, 4, remove('x'), done()), op('b', 5, 6, remove('x'), done())],
    ],
  ])('%s', (_, history) => {
    expect(() => checkLinearizable('x', znodeModel, history)).toThrow(/no order of its/);
  });
});

/** Histories of an atomic node: calls that overlap, each of which takes effect at one moment. */
const atomicHistories = fc
  .array(
    fc.record({
      effect: fc.integer({ min: 0, max: 1_000 }),
      before: fc.integer({ min: 1, max: 50 }),
      after: fc.integer({ min: 1, max: 50 }),
      isWrite: fc.boolean(),
      isLost: fc.boolean(),
    }),
    { maxLength: 25 },
  )
  .map((calls) => {
    const history = [op('0', -100, -99, create('x', 'first'), done())];
    let value = 'first';
    let version = 0;
    [...calls]
      .sort((a, b) => a.effect - b.effect)
      .forEach(({ effect, before, after, isWrite, isLost }, i) => {
        const input = isWrite ? set('x', `v${i}`) : get('x');
        if (isWrite) {
          value = `v${i}`;
          version++;
        }
        const result = isWrite ? { version } : { value, version };
        const endedAt = isLost ? NEVER : effect + after + i / 100;
        history.push(
          op(String(i), effect - before + i / 100, endedAt, input, isLost ? unknown : done(result)),
        );
      });
    return history;
  });

test('every history of an atomic node is linearizable', () => {
  fc.assert(
    fc.property(atomicHistories, (history) => {
      checkLinearizable('x', znodeModel, history);
    }),
    { numRuns: 200 },
  );
});

test('a history in which a value is read that was never written is not linearizable', () => {
  fc.assert(
    fc.property(atomicHistories, (history) => {
      const stranger = op('z', 2_000, 2_001, get('x'), done({ value: 'stranger', version: 1 }));
      expect(() => checkLinearizable('x', znodeModel, [...history, stranger])).toThrow();
    }),
    { numRuns: 50 },
  );
});
