import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvariantError, makeZxid } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { scratchFolder } from '../../test/scratch.ts';
import { DurableMark, type MarkState } from './durable-mark.ts';

function stateOf(file: string): MarkState {
  const { mark, state } = DurableMark.open(file);
  mark.close();
  return state;
}

describe('the durable mark', () => {
  test('a mark that would go back to an earlier transaction is refused', () => {
    const file = join(scratchFolder(), 'mark');
    const { mark } = DurableMark.open(file);
    mark.write(4, makeZxid(1, 4), false);
    expect(() => mark.write(3, makeZxid(1, 3), false)).toThrow(InvariantError);
    mark.close();
    const again = DurableMark.open(file).mark;
    expect(() => again.write(3, makeZxid(1, 3), false)).toThrow(InvariantError);
    again.close();
    expect(stateOf(file)).toEqual({ commit: 4, zxid: makeZxid(1, 4), lost: false });
  });

  test('is missing at first, and is made', () => {
    const file = join(scratchFolder(), 'mark');
    expect(stateOf(file)).toBe('missing');
    expect(stateOf(file)).toBe('unreadable');
  });

  test('returns what was written last, even if the zxid is lower', () => {
    const file = join(scratchFolder(), 'mark');
    const { mark } = DurableMark.open(file);
    for (const [commit, counter] of [
      [1, 5],
      [2, 9],
      [3, 2],
    ] as const) {
      mark.write(commit, makeZxid(1, counter), false);
      expect(stateOf(file)).toEqual({ commit, zxid: makeZxid(1, counter), lost: false });
    }
    mark.close();
  });

  test('goes on where it was after it is opened again', () => {
    const file = join(scratchFolder(), 'mark');
    for (let commit = 1; commit <= 5; commit++) {
      const { mark } = DurableMark.open(file);
      mark.write(commit, makeZxid(1, commit), commit === 4);
      mark.close();
      expect(stateOf(file)).toEqual({ commit, zxid: makeZxid(1, commit), lost: commit === 4 });
    }
  });

  test('returns the mark before if the last write was torn anywhere', () => {
    const file = join(scratchFolder(), 'mark');
    const { mark } = DurableMark.open(file);
    mark.write(1, makeZxid(1, 1), false);
    const before = readFileSync(file);
    mark.write(2, makeZxid(1, 2), true);
    mark.close();
    const after = readFileSync(file);
    const changed = [...after.keys()].filter((at) => after[at] !== before[at]);
    for (const tornAt of changed.slice(1)) {
      const torn = Buffer.concat([after.subarray(0, tornAt), before.subarray(tornAt)]);
      writeFileSync(file, torn);
      expect(stateOf(file), `torn at ${tornAt}`).toEqual({ commit: 1, zxid: makeZxid(1, 1), lost: false });
    }
  });

  test('is unreadable when both of its slots are damaged', () => {
    const file = join(scratchFolder(), 'mark');
    const { mark } = DurableMark.open(file);
    mark.write(1, makeZxid(1, 1), false);
    mark.write(2, makeZxid(1, 2), false);
    mark.close();
    writeFileSync(file, Buffer.from(readFileSync(file).map((byte) => byte ^ 1)));
    expect(stateOf(file)).toBe('unreadable');
  });
});
