import { Random } from '@conclave/testkit';
import { describe, expect, test } from 'vitest';
import { drawFaults } from './draw-faults.ts';
import { type Fault, faultTypes } from './fault.ts';

const SEEDS = 100;
const LOSING_DATA = new Set(['lie', 'lose-tail', 'lose-disk', 'rot']);

function draw(seed: number, servers: number): Fault[] {
  return drawFaults(new Random(seed), { servers, clients: 4, durationMs: 8_000 });
}

function idsThatLoseData(faults: readonly Fault[]): number[] {
  const ids = faults.flatMap((fault) => (LOSING_DATA.has(fault.type) && 'id' in fault ? [fault.id] : []));
  return [...new Set(ids)];
}

describe('the faults of a run', () => {
  test(`include each kind within ${SEEDS} seeds`, () => {
    const drawn = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) for (const { type } of draw(seed, 5)) drawn.add(type);
    expect([...drawn].sort()).toEqual([...faultTypes].sort());
  });

  test.each([3, 5, 7])('make only a minority of %i servers lose data', (servers) => {
    let most = 0;
    for (let seed = 1; seed <= 300; seed++)
      most = Math.max(most, idsThatLoseData(draw(seed, servers)).length);
    expect(most).toBe((servers - 1) / 2);
  });

  test('never make a single server lose data', () => {
    for (let seed = 1; seed <= 300; seed++) expect(idsThatLoseData(draw(seed, 1))).toEqual([]);
  });

  test('are plain data, and the same for the same seed', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const faults = draw(seed, 3);
      expect(JSON.parse(JSON.stringify(faults))).toEqual(faults);
      expect(draw(seed, 3)).toEqual(faults);
    }
  });
});
