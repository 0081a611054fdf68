import { CreateFlag, ErrorNumber, OpCode, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { CheckpointError, type CheckpointRow, Tree } from '@conclave/tree';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { create, Driver, join, remove, seer, setData, takeCheckpoint, zxidOf } from './driver.ts';
import { type Step, StepPlayer, steps } from './random-steps.ts';

/** The checkpoint file: what is on disk after each transaction of its own. */
class FakeFile {
  readonly rows = new Map<string, Uint8Array>();

  write(rows: Iterable<CheckpointRow>): void {
    for (const { key, value } of rows) {
      if (value === undefined) this.rows.delete(key);
      else this.rows.set(key, value);
    }
  }

  load(zxid: Zxid): Tree {
    const tree = new Tree();
    for (const [key, value] of this.rows) tree.loadRows([{ key, value }]);
    tree.finishLoading(zxid);
    return tree;
  }
}

/** Everything that can be read of a tree. */
function dump(tree: Tree) {
  const nodes: Record<string, unknown> = {};
  const visit = (path: string): void => {
    const { response, error } = tree.read({ op: OpCode.getData, path, watch: false }, seer);
    const holder = tree.read({ op: OpCode.lineHolder, path, watch: false }, seer).response;
    nodes[path] = [error, response, holder];
    const listed = tree.read({ op: OpCode.getChildren, path, watch: false }, seer).response;
    if (listed?.op !== OpCode.getChildren) return;
    for (const name of listed.children) visit(path === '/' ? `/${name}` : `${path}/${name}`);
  };
  visit('/');
  const { lastZxid, nodeCount, sessionCount, dataBytes } = tree;
  const sessions = [...tree.sessions()].sort((a, b) => a.id - b.id);
  return { nodes, sessions, lastZxid, nodeCount, sessionCount, dataBytes, digest: tree.digest() };
}

const slices = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 10 });

describe('a tree that was loaded is the tree that was saved', () => {
  test('whatever happened while the checkpoint was taken', () => {
    // Before each step so many rows are taken; a checkpoint begins when none is under way, and some are abandoned.
    const run = (story: Step[], pace: number[], abandonEvery: number): void => {
      const driver = new Driver();
      const player = new StepPlayer(driver);
      const file = new FakeFile();
      let pending: CheckpointRow[] = [];
      let savedAt: ReturnType<typeof dump> | undefined;
      let saved = ZXID_ZERO;
      let checkpoints = 0;
      const begin = (): void => {
        saved = driver.tree.beginCheckpoint();
        savedAt = dump(driver.tree);
      };
      const finish = (): void => {
        checkpoints++;
        if (checkpoints % abandonEvery === 0) {
          driver.tree.abandonCheckpoint();
        } else {
          file.write(pending);
          expect(new Set(pending.map(({ key }) => key)).size).toBe(pending.length);
          expect(dump(file.load(saved))).toEqual(savedAt);
        }
        pending = [];
      };
      begin();
      story.forEach((step, i) => {
        pending.push(...driver.tree.checkpointRows(pace[i % pace.length] ?? 1));
        if (driver.tree.checkpointDone()) {
          finish();
          begin();
        }
        player.play(step);
      });
      while (!driver.tree.checkpointDone()) pending.push(...driver.tree.checkpointRows(3));
      file.write(pending);
      expect(dump(file.load(saved))).toEqual(savedAt);
    };
    fc.assert(fc.property(steps, slices, fc.integer({ min: 2, max: 5 }), run), { numRuns: 40 });
  });

  test('and goes on in the same way, answers and lines included', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const driver = new Driver();
        const player = new StepPlayer(driver);
        for (const step of before) player.play(step);
        const loaded = new Tree();
        // Rows may come in any order; backwards no parent comes before its children.
        loaded.loadRows(takeCheckpoint(driver.tree, 7).reverse());
        loaded.finishLoading(driver.tree.lastZxid);
        const twin = new Driver(loaded).continueFrom(driver);
        for (const step of after) {
          const { command, from } = player.command(step);
          const applied = driver.apply(command, from);
          expect(twin.apply(command, from)).toEqual(applied);
          expect(loaded.digest()).toBe(driver.tree.digest());
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('what a checkpoint has to write', () => {
  function keysOf(rows: CheckpointRow[]): string[] {
    return rows.map(({ key, value }) => (value === undefined ? `-${key}` : key)).sort();
  }

  test('only what changed since the last one', () => {
    const driver = new Driver();
    driver.apply(create('/a'));
    driver.apply(create('/b'));
    expect(keysOf(takeCheckpoint(driver.tree))).toEqual(
      ['m', 'n/', 'n/a', 'n/b', 'n/zookeeper', 'n/zookeeper/config', 'n/zookeeper/quota'].sort(),
    );
    expect(keysOf(takeCheckpoint(driver.tree))).toEqual(['m']);
    driver.apply(setData('/a', 'x'));
    expect(keysOf(takeCheckpoint(driver.tree))).toEqual(['m', 'n/a']);
    driver.apply(remove('/a'));
    expect(keysOf(takeCheckpoint(driver.tree))).toEqual(['-n/a', 'm', 'n/']);
  });

  test('nothing of what came and went in between', () => {
    const driver = new Driver();
    const session = driver.openSession();
    driver.apply(create('/l'));
    takeCheckpoint(driver.tree);
    for (let i = 0; i < 100; i++) {
      driver.apply(join('/l', 'a-lock-'), { session });
      driver.apply({ op: OpCode.lineLeave, path: '/l', prefix: 'a-lock-' }, { session });
    }
    expect(keysOf(takeCheckpoint(driver.tree))).toEqual(['m', 'n/l']);
  });

  test('what was deleted and made again is there, with what it is now', () => {
    const driver = new Driver();
    driver.apply(create('/a', 'old'));
    takeCheckpoint(driver.tree);
    driver.apply(remove('/a'));
    driver.apply(create('/a', 'new'));
    expect(keysOf(takeCheckpoint(driver.tree))).toEqual(['m', 'n/', 'n/a']);
    driver.apply(remove('/a'));
    driver.apply(create('/a', 'newer'));
    driver.apply(remove('/a'));
    expect(keysOf(takeCheckpoint(driver.tree))).toEqual(['-n/a', 'm', 'n/']);
  });

  test('everything again when it was abandoned, at whatever point', () => {
    for (const taken of [0, 1, 3, 100]) {
      const driver = new Driver();
      driver.apply(create('/gone'));
      driver.apply(create('/a'));
      takeCheckpoint(driver.tree);
      driver.apply(remove('/gone'));
      driver.apply(setData('/a', 'x'));
      driver.apply(create('/b'));
      driver.tree.beginCheckpoint();
      driver.tree.checkpointRows(taken);
      driver.apply(create('/gone'));
      driver.apply(remove('/b'));
      driver.tree.abandonCheckpoint();
      expect(driver.tree.checkpointDone()).toBe(true);
      expect(keysOf(takeCheckpoint(driver.tree))).toEqual(['-n/b', 'm', 'n/', 'n/a', 'n/gone']);
    }
  });

  test('what was made again while a checkpoint failed leaves no row behind when it goes', () => {
    const driver = new Driver();
    driver.apply(create('/a'));
    takeCheckpoint(driver.tree);
    driver.apply(remove('/a'));
    driver.tree.beginCheckpoint();
    driver.apply(create('/a'));
    driver.tree.abandonCheckpoint();
    driver.apply(remove('/a'));
    expect(keysOf(takeCheckpoint(driver.tree))).toEqual(['-n/a', 'm', 'n/']);
  });

  test('the last request number, although its answer is confirmed and gone', () => {
    const driver = new Driver();
    const session = driver.openSession();
    driver.apply(create('/a'), { session, xid: 5, native: true });
    driver.apply(create('/a'), { session, xid: 5, confirmed: 5, native: true });
    const loaded = new Tree();
    loaded.loadRows(takeCheckpoint(driver.tree));
    loaded.finishLoading(driver.tree.lastZxid);
    const twin = new Driver(loaded).continueFrom(driver);
    const again = twin.apply(create('/b'), { session, xid: 4, confirmed: 5, native: true });
    expect(again.error).toBe(ErrorNumber.ANSWER_FORGOTTEN);
  });

  test('a slice ends at its number of rows and at its size', () => {
    const driver = new Driver();
    for (let i = 0; i < 20; i++) driver.apply(create(`/n${i}`, 'x'.repeat(500)));
    driver.tree.beginCheckpoint();
    expect(driver.tree.checkpointRows(7)).toHaveLength(7);
    expect(driver.tree.checkpointRows(100, 1500).length).toBeLessThan(5);
  });

  test('one checkpoint at a time', () => {
    const { tree } = new Driver();
    tree.beginCheckpoint();
    expect(() => tree.beginCheckpoint()).toThrow('still being taken');
  });
});

describe('a checkpoint that is not whole is refused', () => {
  function saved(): { rows: CheckpointRow[]; zxid: number } {
    const driver = new Driver();
    const session = driver.openSession();
    driver.apply(create('/a', 'data'));
    driver.apply(create('/a/b'));
    driver.apply(create('/e', '', CreateFlag.ephemeral), { session });
    return { rows: takeCheckpoint(driver.tree), zxid: 4 };
  }

  function loadError(rows: CheckpointRow[], counter = 4): unknown {
    const tree = new Tree();
    try {
      tree.loadRows(rows);
      tree.finishLoading(zxidOf(counter));
    } catch (error) {
      expect(error).toBeInstanceOf(CheckpointError);
      return error instanceof CheckpointError ? error.code : error;
    }
    return undefined;
  }

  function edited(key: string, edit: (value: Uint8Array) => Uint8Array | undefined): CheckpointRow[] {
    return saved().rows.map((row) =>
      row.key === key && row.value !== undefined ? { key, value: edit(row.value.slice()) } : row,
    );
  }

  test('as it was saved it is taken', () => {
    expect(loadError(saved().rows)).toBeUndefined();
  });

  const without = (key: string): CheckpointRow[] => saved().rows.filter((row) => row.key !== key);
  const cases: [what: string, rows: () => CheckpointRow[], code: string][] = [
    ['no meta row', () => without('m'), 'META_MISSING'],
    ['no rows at all', () => [], 'META_MISSING'],
    ['a missing node', () => without('n/a/b'), 'INCOMPLETE'],
    ['a missing session', () => without(`s${zxidOf(1)}`), 'INCOMPLETE'],
    ['a row without a value', () => edited('n/a', () => undefined), 'BAD_ROW'],
    ['a truncated row', () => edited('n/a', (value) => value.subarray(0, 20)), 'BAD_ROW'],
    ['trailing bytes', () => edited('n/a', (value) => new Uint8Array([...value, 0])), 'BAD_ROW'],
    ['a row of another format', () => edited('n/a', (value) => value.fill(9, 3, 4)), 'BAD_ROW'],
    ['a row of no known kind', () => [...saved().rows, { key: 'x', value: new Uint8Array(4) }], 'BAD_ROW'],
    ['a session twice', () => [...saved().rows, ...saved().rows], 'BAD_ROW'],
    ['other data', () => edited('n/a', (value) => value.fill(1, value.length - 1)), 'DIGEST_MISMATCH'],
    [
      'a node without its parent',
      () => [...without('n/a'), { key: 'n/c', value: saved().rows.find(({ key }) => key === 'n/a')?.value }],
      'INCOMPLETE',
    ],
  ];
  test.each(cases)('%s', (_, rows, code) => {
    expect(loadError(rows())).toBe(code);
  });

  test('another zxid', () => {
    expect(loadError(saved().rows, 5)).toBe('ZXID_MISMATCH');
  });

  test('into a tree that lives', () => {
    const driver = new Driver();
    driver.apply(create('/a'));
    expect(() => driver.tree.loadRows([])).toThrow('new tree');
  });
});
