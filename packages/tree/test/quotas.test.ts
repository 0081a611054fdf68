import { CreateFlag, ErrorNumber, OpCode, type UnguardedWrite } from '@conclave/protocol';
import { Tree } from '@conclave/tree';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { create, Driver, enter, join, leave, remove, seer, setData, takeCheckpoint } from './driver.ts';

let driver: Driver;

beforeEach(() => {
  driver = new Driver();
  driver.apply(create('/q', '12345'));
  driver.apply(create('/q/a', '123'));
});

/** As zkCli's `setquota` does it. */
function setQuota(path: string, limits: string): void {
  let at = '/zookeeper/quota';
  for (const name of path.split('/').slice(1)) {
    at += `/${name}`;
    driver.apply(create(at));
  }
  expect(driver.apply(create(`${at}/zookeeper_limits`, limits)).error).toBe(0);
  expect(driver.apply(create(`${at}/zookeeper_stats`, 'count=0,bytes=0')).error).toBe(0);
}

function stats(path: string, tree = driver.tree): string {
  return text(`/zookeeper/quota${path}/zookeeper_stats`, tree);
}

function text(path: string, tree = driver.tree): string {
  const { response } = tree.read({ op: OpCode.getData, path, watch: false }, seer);
  return response?.op === OpCode.getData ? new TextDecoder().decode(response.data ?? undefined) : '';
}

describe('counting', () => {
  test('begins with what is there, the node itself included', () => {
    setQuota('/q', 'count=10,bytes=100');
    expect(stats('/q')).toBe('count=2,bytes=8');
    setQuota('/none', 'count=10,bytes=100');
    expect(stats('/none')).toBe('count=0,bytes=0');
  });

  test('follows every change, and shows no sign of its own', () => {
    setQuota('/q', 'count=10,bytes=100');
    const path = '/zookeeper/quota/q/zookeeper_stats';
    const before = driver.stat(path);
    const session = driver.openSession();
    driver.apply(create('/q/a/b', '1'), { session });
    driver.apply(create('/q/e', '12', CreateFlag.ephemeral), { session });
    expect(stats('/q')).toBe('count=4,bytes=11');
    driver.apply(setData('/q', null));
    expect(stats('/q')).toBe('count=4,bytes=6');
    driver.closeSession(session);
    driver.apply(remove('/q/a/b'));
    expect(stats('/q')).toBe('count=2,bytes=3');
    driver.apply(create('/other', 'more'));
    driver.apply(create('/qq', 'more'));
    expect(stats('/q')).toBe('count=2,bytes=3');
    expect(driver.stat(path)).toEqual(before);
  });

  test('a node of the same name elsewhere ends no quota', () => {
    setQuota('/q', 'count=10,bytes=100');
    // As long as the path of the quotas' root.
    for (const path of ['/sixteen-letters', '/sixteen-letters/q']) driver.apply(create(path));
    driver.apply(create('/sixteen-letters/q/zookeeper_limits'));
    driver.apply(remove('/sixteen-letters/q/zookeeper_limits'));
    driver.apply(create('/q/b', '1'));
    expect(stats('/q')).toBe('count=3,bytes=9');
  });

  test('only the nearest quota counts', () => {
    setQuota('/q', 'count=10,bytes=100');
    setQuota('/q/a', 'count=10,bytes=100');
    expect([stats('/q'), stats('/q/a')]).toEqual(['count=2,bytes=8', 'count=1,bytes=3']);
    driver.apply(create('/q/a/b', '1'));
    expect([stats('/q'), stats('/q/a')]).toEqual(['count=2,bytes=8', 'count=2,bytes=4']);
    driver.apply(remove('/zookeeper/quota/q/a/zookeeper_limits'));
    driver.apply(create('/q/a/c', '1'));
    expect([stats('/q'), stats('/q/a')]).toEqual(['count=3,bytes=9', 'count=2,bytes=4']);
  });

  test('a multi that makes the quota, and more below it', () => {
    const operations = [
      create('/zookeeper/quota/q'),
      create('/zookeeper/quota/q/zookeeper_limits', 'count=-1,bytes=-1=;countHardLimit=2'),
      create('/zookeeper/quota/q/zookeeper_stats'),
      create('/q/b', '1'),
    ];
    expect(driver.apply({ op: OpCode.multi, operations }).response).toMatchObject({
      results: [{}, {}, {}, { path: '/q/b' }],
    });
    expect(stats('/q')).toBe('count=3,bytes=9');
  });

  test('begins anew when a client writes another count, within a multi too', () => {
    setQuota('/q', 'count=10,bytes=100');
    const path = '/zookeeper/quota/q/zookeeper_stats';
    driver.apply(setData(path, 'count=70,bytes=700'));
    driver.apply(create('/q/b', '1'));
    expect(stats('/q')).toBe('count=71,bytes=701');
    const operations = [create('/q/c', '1'), setData(path, 'bytes=7'), create('/q/d', '1'), remove('/q/c')];
    driver.apply({ op: OpCode.multi, operations });
    expect(stats('/q')).toBe('count=-1,bytes=7');
    expect(driver.stat(path)).toMatchObject({ version: 2, dataLength: 16 });
    driver.apply(setData(path, ' count=5 '));
    driver.apply(setData('/q/a', 'abc'));
    expect(stats('/q')).toBe('count=-1,bytes=-1');
  });

  test('is the same on a server that has just loaded it, also when it is more than its text can say', () => {
    setQuota('/q', 'count=10,bytes=100');
    driver.apply(
      setData('/zookeeper/quota/q/zookeeper_stats', 'count=999999999999999,bytes=999999999999999'),
    );
    driver.apply(create('/q/b', '1'));
    const tree = new Tree();
    tree.loadRows(takeCheckpoint(driver.tree));
    tree.finishLoading(driver.tree.lastZxid);
    const twin = new Driver(tree).continueFrom(driver);
    for (const each of [driver, twin]) each.apply(setData('/q/b', '2'));
    expect([stats('/q'), stats('/q', tree)]).toEqual(['count=-1,bytes=-1', 'count=-1,bytes=-1']);
    for (const each of [driver, twin]) each.apply(create('/q/c', '12'));
    expect([stats('/q'), stats('/q', tree)]).toEqual(['count=0,bytes=1', 'count=0,bytes=1']);
    expect(tree.digest()).toBe(driver.tree.digest());
  });

  test('goes on from a checkpoint', () => {
    setQuota('/q', 'count=-1,bytes=-1=;countHardLimit=3');
    driver.apply(create('/q/b', '1'));
    const tree = new Tree();
    tree.loadRows(takeCheckpoint(driver.tree));
    tree.finishLoading(driver.tree.lastZxid);
    const twin = new Driver(tree).continueFrom(driver);
    for (const each of [driver, twin]) {
      expect(each.apply(create('/q/c', '1')).error).toBe(ErrorNumber.QUOTA_EXCEEDED);
      expect(each.apply(setData('/q/b', '22')).error).toBe(0);
    }
    expect(stats('/q', tree)).toBe('count=3,bytes=10');
    expect(tree.digest()).toBe(driver.tree.digest());
  });
});

describe('limits', () => {
  test.each<[string, string, UnguardedWrite, number]>([
    ['nodes', 'count=-1,bytes=-1=;countHardLimit=2', create('/q/b'), ErrorNumber.QUOTA_EXCEEDED],
    ['nodes, still enough', 'count=-1,bytes=-1=;countHardLimit=3', create('/q/b'), 0],
    [
      'bytes of a new node',
      'count=-1,bytes=-1=;byteHardLimit=9',
      create('/q/b', '12'),
      ErrorNumber.QUOTA_EXCEEDED,
    ],
    ['bytes of a new node, still enough', 'count=-1,bytes=-1=;byteHardLimit=10', create('/q/b', '12'), 0],
    [
      'bytes of new data',
      'count=-1,bytes=-1=;byteHardLimit=9',
      setData('/q/a', '12345'),
      ErrorNumber.QUOTA_EXCEEDED,
    ],
    ['less data', 'count=-1,bytes=-1=;byteHardLimit=9', setData('/q/a', '1'), 0],
    ['as much data', 'count=-1,bytes=-1=;byteHardLimit=0', setData('/q/a', 'abc'), 0],
    [
      'less data, but still too much',
      'count=-1,bytes=-1=;byteHardLimit=0',
      setData('/q/a', '1'),
      ErrorNumber.QUOTA_EXCEEDED,
    ],
    ['nothing more', 'count=-1,bytes=-1=;countHardLimit=0', remove('/q/a'), 0],
    [
      'another version',
      'count=-1,bytes=-1=;byteHardLimit=9',
      setData('/q/a', '12345', 7),
      ErrorNumber.QUOTA_EXCEEDED,
    ],
    ['soft limits', 'count=0,bytes=0', create('/q/b', '12345'), 0],
    ['no number', 'count=few,countHardLimit=,byteHardLimit', create('/q/b', '12345'), 0],
    ['elsewhere', 'count=-1,bytes=-1=;countHardLimit=0', create('/qq'), 0],
  ])('%s', (_, limits, write, error) => {
    setQuota('/q', limits);
    expect(driver.apply(write).error).toBe(error);
  });

  test('hold in a multi, each operation counting those before it', () => {
    setQuota('/q', 'count=-1,bytes=-1=;countHardLimit=3');
    const attempt = (...operations: ReturnType<typeof remove>[]) => {
      const { response } = driver.apply({ op: OpCode.multi, operations });
      if (response?.op !== OpCode.multi) return undefined;
      return response.results.map((result) => (result.op === OpCode.error ? result.error : 0));
    };
    expect(attempt(create('/q/b'), create('/q/c'))).toEqual([0, ErrorNumber.QUOTA_EXCEEDED]);
    expect(attempt(create('/q/b'), remove('/q/a'), create('/q/c'))).toEqual([0, 0, 0]);
    expect(stats('/q')).toBe('count=3,bytes=5');
  });

  test('are reported when they are exceeded, soft ones too', () => {
    setQuota('/q', 'count=1,bytes=-1=;byteHardLimit=9');
    const soft = { path: '/q', what: 'count', limit: 1, value: 3, isHard: false };
    const hard = { path: '/q', what: 'bytes', limit: 9, value: 10, isHard: true };
    expect(driver.apply(create('/q/b', '1')).exceededQuotas).toEqual([soft]);
    expect(driver.apply(create('/q/c', '1'))).toMatchObject({
      error: ErrorNumber.QUOTA_EXCEEDED,
      exceededQuotas: [{ ...soft, value: 4 }, hard],
    });
    expect(driver.apply(setData('/q/b', '2')).exceededQuotas).toEqual([]);
  });

  test('refuse nothing where they are not enforced', () => {
    setQuota('/q', 'count=-1,bytes=-1=;countHardLimit=2');
    expect(driver.apply(create('/q/b'), { quotasEnforced: false })).toMatchObject({
      error: 0,
      exceededQuotas: [{ what: 'count', limit: 2, value: 3, isHard: false }],
    });
  });

  test('are those of the node that holds them now', () => {
    setQuota('/q', 'count=-1,bytes=-1=;countHardLimit=2');
    driver.apply(setData('/zookeeper/quota/q/zookeeper_limits', 'count=-1,bytes=-1=;countHardLimit=3'));
    expect(driver.apply(create('/q/b')).error).toBe(0);
    expect(driver.apply(create('/q/c')).error).toBe(ErrorNumber.QUOTA_EXCEEDED);
    driver.apply(remove('/zookeeper/quota/q/zookeeper_limits'));
    expect(driver.apply(create('/q/c')).error).toBe(0);
  });

  test('hold for lines and barriers, with the parents that they make', () => {
    const session = driver.openSession();
    setQuota('/q', 'count=-1,bytes=-1=;countHardLimit=4');
    const from = { session };
    expect(driver.apply(join('/q/l/m', 'a-lock-'), from).error).toBe(ErrorNumber.QUOTA_EXCEEDED);
    expect(driver.apply(join('/q/l', 'a-lock-'), from).error).toBe(0);
    expect(driver.apply(join('/q/l', 'b-lock-', false), from).response).toMatchObject({ granted: false });
    expect(driver.apply(join('/q/l', 'b-lock-'), from).error).toBe(ErrorNumber.QUOTA_EXCEEDED);
    expect(driver.apply(enter('/q/b', 'me', 2), from).error).toBe(ErrorNumber.QUOTA_EXCEEDED);
    expect(driver.apply(leave('/q/l', 'a-lock-'), from).error).toBe(0);
    expect(driver.apply(enter('/q/l', 'me', 2), from).response).toMatchObject({ present: 1 });
    expect(stats('/q')).toBe('count=4,bytes=8');
  });

  test('hold for the node that opens a round', () => {
    const [one, two] = [driver.openSession(), driver.openSession()];
    setQuota('/q', 'count=-1,bytes=-1=;countHardLimit=4');
    driver.apply(enter('/q/b', 'one', 2), { session: one });
    const refused = { error: ErrorNumber.QUOTA_EXCEEDED, changes: [] };
    expect(driver.apply(enter('/q/b', 'two', 2), { session: two })).toMatchObject(refused);
    // A smaller number would open the round for the participant that is inside already.
    expect(driver.apply(enter('/q/b', 'one', 1), { session: one })).toMatchObject(refused);
    expect(driver.children('/q/b')).toEqual(['one']);
    expect(stats('/q')).toBe('count=4,bytes=8');
    driver.apply(setData('/zookeeper/quota/q/zookeeper_limits', 'count=-1,bytes=-1=;countHardLimit=6'));
    const { response, zxid } = driver.apply(enter('/q/b', 'two', 2), { session: two });
    expect(response).toMatchObject({ present: 2, opened: zxid });
    expect(stats('/q')).toBe('count=6,bytes=8');
  });

  const made: [what: string, write: UnguardedWrite][] = [
    ['create', create('/q/n')],
    ['a sequential node', create('/q/n-', '', CreateFlag.persistentSequential)],
    ['an ephemeral', create('/q/n', '', CreateFlag.ephemeral)],
    ['create2', { ...create('/q/n'), op: OpCode.create2 }],
    ['a container', { ...create('/q/n', '', CreateFlag.container), op: OpCode.createContainer }],
    ['a node with a time to live', { ...create('/q/n', '', 5), op: OpCode.createTTL, ttl: 1000 }],
    ['a line', join('/q/line', 'a-lock-')],
    ['a contender', join('/q/a', 'a-lock-')],
    ['a contender that does not wait', join('/q/a', 'a-lock-', false)],
    ['a barrier', enter('/q/barrier', 'me', 2)],
    ['a participant', enter('/q/a', 'me', 2)],
    ['a party of one', enter('/q/a', 'me', 1)],
  ];
  test.each(made)('refuse %s before anything has changed', (_, write) => {
    const session = driver.openSession();
    setQuota('/q', 'count=-1,bytes=-1=;countHardLimit=2');
    const before = [driver.tree.nodeCount, driver.stat('/q'), driver.stat('/q/a'), stats('/q')];
    const { error, changes } = driver.apply(write, { session });
    expect([error, changes]).toEqual([ErrorNumber.QUOTA_EXCEEDED, []]);
    expect([driver.tree.nodeCount, driver.stat('/q'), driver.stat('/q/a'), stats('/q')]).toEqual(before);
  });

  test('are each asked for the nodes that they cover, where one command makes nodes below more than one', () => {
    const session = driver.openSession();
    setQuota('/q', 'count=-1,bytes=-1=;countHardLimit=2');
    setQuota('/q/x/y', 'count=-1,bytes=-1=;countHardLimit=2');
    const write = join('/q/x/y', 'a-lock-');
    expect(driver.apply(write, { session }).exceededQuotas).toMatchObject([{ path: '/q', value: 3 }]);
    expect(driver.stat('/q/x')).toBeUndefined();
    driver.apply(setData('/zookeeper/quota/q/zookeeper_limits', 'count=-1,bytes=-1=;countHardLimit=3'));
    expect(driver.apply(write, { session }).error).toBe(0);
    expect([stats('/q'), stats('/q/x/y')]).toEqual(['count=3,bytes=8', 'count=2,bytes=0']);
  });

  test('without a count there is no judging', () => {
    setQuota('/q', 'count=-1,bytes=-1=;countHardLimit=2');
    driver.apply(remove('/zookeeper/quota/q/zookeeper_stats'));
    expect(driver.apply(create('/q/c')).error).toBe(0);
  });
});

describe('through any story', () => {
  const path = fc.constantFrom('/q', '/q/a', '/q/a/x', '/q/b', '/q/b/y', '/other', '/other/z');
  const text = fc.constantFrom(null, '', '1', '12345');
  const single = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(path, text).map((args) => create(...args)) },
    { weight: 1, arbitrary: path.map((at) => remove(at)) },
    { weight: 2, arbitrary: fc.tuple(path, text).map((args) => setData(...args)) },
  );
  const system = fc
    .tuple(
      fc.constantFrom('', '/q', '/q/a', '/q/b'),
      fc.constantFrom('', '/zookeeper_limits', '/zookeeper_stats'),
    )
    .map((parts) => `/zookeeper/quota${parts.join('')}`);
  const limits = fc.constantFrom(
    '',
    'count=1,bytes=2',
    'count=-1,bytes=-1=;countHardLimit=3;byteHardLimit=9',
    'count=999999999999999,bytes=999999999999998',
    '\xff',
  );
  const quota = fc.oneof(
    fc.tuple(system, limits).map((args) => create(...args)),
    fc.tuple(system, limits).map((args) => setData(...args)),
    system.map((at) => remove(at)),
  );

  function story(operation: typeof single): fc.Arbitrary<UnguardedWrite[]> {
    const multi = fc
      .array(operation, { maxLength: 5 })
      .map((operations): UnguardedWrite => ({ op: OpCode.multi, operations }));
    return fc.array(fc.oneof(operation, multi), { maxLength: 60 });
  }

  test('the counts are what a look at all nodes would find', () => {
    fc.assert(
      fc.property(story(single), (writes) => {
        driver = new Driver();
        driver.apply(create('/q', '12345'));
        setQuota('/q', 'count=-1,bytes=-1=;countHardLimit=4;byteHardLimit=12');
        setQuota('/q/b', 'count=1,bytes=3');
        for (const write of writes) driver.apply(write);
        const count = (under: (at: string) => boolean) => {
          const found = ['/q', '/q/a', '/q/a/x', '/q/b', '/q/b/y'].filter(under).map((at) => driver.stat(at));
          const bytes = found.reduce((sum, stat) => sum + (stat?.dataLength ?? 0), 0);
          return `count=${found.filter((stat) => stat !== undefined).length},bytes=${bytes}`;
        };
        expect(stats('/q/b')).toBe(count((at) => at.startsWith('/q/b')));
        expect(stats('/q')).toBe(count((at) => !at.startsWith('/q/b')));
        const [, nodes = 0, bytes = 0] = (/count=(\d+),bytes=(\d+)/.exec(stats('/q')) ?? []).map(Number);
        expect(nodes).toBeLessThanOrEqual(4);
        expect(bytes).toBeLessThanOrEqual(12);
      }),
      { numRuns: 100 },
    );
  });

  test('whatever is done to the quotas themselves, the state is whole', () => {
    fc.assert(
      fc.property(story(fc.oneof(single, quota)), (writes) => {
        driver = new Driver();
        for (const write of writes) driver.apply(write);
        const tree = new Tree();
        tree.loadRows(takeCheckpoint(driver.tree));
        tree.finishLoading(driver.tree.lastZxid);
        const twin = new Driver(tree).continueFrom(driver);
        for (const write of writes) {
          expect(twin.apply(write)).toMatchObject({ error: driver.apply(write).error });
          expect(tree.digest()).toBe(driver.tree.digest());
        }
      }),
      { numRuns: 100 },
    );
  });
});
