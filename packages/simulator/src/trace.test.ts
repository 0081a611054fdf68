import { describe, expect, test } from 'vitest';
import { Trace } from './trace.ts';

describe('a trace', () => {
  test('has a hash that depends on every number, every text and their order', () => {
    const hashes = [
      (trace: Trace) => trace.mark(1, 2, 3),
      (trace: Trace) => trace.mark(1, 3, 2),
      (trace: Trace) => trace.mark(1.001, 2, 3),
      (trace: Trace) => trace.mark(1, 2, 3 + 2 ** 32),
      (trace: Trace) => trace.markText('ab'),
      (trace: Trace) => trace.markText('ba'),
      () => {},
    ].map((fill) => {
      const trace = new Trace();
      fill(trace);
      return trace.hash;
    });
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });

  test('keeps lines only if asked to, and its hash does not depend on them', () => {
    const silent = new Trace();
    const recording = new Trace({ record: true });
    for (const trace of [silent, recording]) {
      trace.mark(1, 2);
      trace.record(12.3456, 's1', 'answer xid 1', 'c2');
      trace.record(13, 's2', 'starts');
    }
    expect([...silent.lines()]).toEqual([]);
    expect([...recording.lines()]).toEqual([
      '     12.346  s1 > c2   answer xid 1',
      '     13.000  s2        starts',
    ]);
    expect([...recording.lines(({ machine }) => machine === 's2')]).toHaveLength(1);
    expect(recording.hash).toBe(silent.hash);
  });
});
