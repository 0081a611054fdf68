import { describe, expect, test } from 'vitest';
import { ceilingProblems, lowered, readCeilings, readParts } from './ceilings.ts';

test('each part of the repository has as few odd words as its ceiling demands', () => {
  expect(ceilingProblems(readParts(), readCeilings())).toEqual([]);
});

describe('a ceiling', () => {
  const check = (figure: number, ceiling: number) =>
    ceilingProblems([{ name: 'docs', figure }], { docs: ceiling });

  test('fails when the figure rises above it', () => {
    expect(check(1.21, 1.2)).toEqual([expect.stringContaining('docs has 1.21 odd words in 1,000')]);
  });

  test('fails when it stands far above the figure', () => {
    expect(check(0.8, 1.2)).toEqual([expect.stringContaining('--lower')]);
  });

  test('holds for a figure at or slightly below it', () => {
    expect(check(1.2, 1.2)).toEqual([]);
    expect(check(1, 1.2)).toEqual([]);
  });

  test('fails when its part does not exist', () => {
    expect(ceilingProblems([], { docs: 1 })).toEqual(['docs has a ceiling, but does not exist']);
  });

  test('is lowered to just above the figure, and never raised', () => {
    const parts = [
      { name: 'docs', figure: 0.72 },
      { name: 'apps/cli', figure: 3 },
      { name: 'apps/new', figure: 2 },
      { name: 'apps/good', figure: 0 },
    ];
    expect(lowered(parts, { docs: 1.5, 'apps/cli': 1, 'apps/gone': 1 })).toEqual({
      docs: 0.8,
      'apps/cli': 1,
      'apps/new': 0.5,
      'apps/good': 0.2,
    });
  });
});
