import { describe, expect, it } from 'vitest';
import { countTests, formatSummary } from './summary.mjs';

const passing = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const failing = { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] };
const unloadable = { status: 'failed', assertionResults: [] };

describe('countTests', () => {
  it.each([
    ['everything passed', report(3, 0, [passing]), 0, { passed: 3, failed: 0, skipped: 0 }],
    ['a test failed', report(2, 1, [passing, failing]), 1, { passed: 2, failed: 1, skipped: 0 }],
    ['a file did not load', report(1, 0, [passing, unloadable]), 1, { passed: 1, failed: 1, skipped: 0 }],
    ['both', report(2, 1, [passing, failing, unloadable]), 1, { passed: 2, failed: 2, skipped: 0 }],
    ['an error outside of every test', report(1, 0, [passing]), 1, { passed: 1, failed: 1, skipped: 0 }],
    ['no report at all', undefined, 137, { passed: 0, failed: 1, skipped: 0 }],
  ])('%s', (_case, given, exitCode, expected) => {
    expect(countTests(given, exitCode)).toEqual(expected);
  });

  it('counts tests to be written among the skipped', () => {
    expect(countTests({ ...report(1, 0, [passing]), numPendingTests: 2, numTodoTests: 1 }, 0).skipped).toBe(
      3,
    );
  });
});

describe('formatSummary', () => {
  it('names the skipped tests only when there are any', () => {
    expect(formatSummary({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(formatSummary({ passed: 12, failed: 1, skipped: 3 })).toBe('12 passed, 1 failed, 3 skipped');
  });
});

function report(numPassedTests, numFailedTests, testResults) {
  return { numPassedTests, numFailedTests, numPendingTests: 0, numTodoTests: 0, testResults };
}
