import { describe, expect, test } from 'vitest';
import { SessionTracker } from './session-tracker.ts';

const SLACK_MS = 500;
const INTERVAL_MS = 50;

/** Sweeps every 50 ms from `fromMs` to `toMs` and returns when each session expired. */
function sweepUntil(tracker: SessionTracker, fromMs: number, toMs: number): Map<number, number> {
  const expired = new Map<number, number>();
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += INTERVAL_MS) {
    for (const id of tracker.sweep(nowMs, INTERVAL_MS)) expired.set(id, nowMs);
  }
  return expired;
}

describe('SessionTracker', () => {
  test('a silent session expires after its timeout and the slack, and not much later', () => {
    const tracker = new SessionTracker(SLACK_MS, 0);
    tracker.track(1, 4_000, 0);
    const expiredAt = sweepUntil(tracker, 0, 10_000).get(1) ?? Number.NaN;
    expect(expiredAt).toBeGreaterThanOrEqual(4_500);
    expect(expiredAt).toBeLessThanOrEqual(4_700);
    expect(tracker.count).toBe(0);
  });

  test('a sign of life gives a full timeout again', () => {
    const tracker = new SessionTracker(SLACK_MS, 0);
    tracker.track(1, 1_000, 0);
    expect(sweepUntil(tracker, 0, 1_400).size).toBe(0);
    expect(tracker.touch(1, 1_400)).toBe(true);
    const expiredAt = sweepUntil(tracker, 1_450, 10_000).get(1) ?? Number.NaN;
    expect(expiredAt).toBeGreaterThanOrEqual(2_900);
  });

  test('a late sign of life does not bring back a session that has expired', () => {
    const tracker = new SessionTracker(SLACK_MS, 0);
    tracker.track(1, 1_000, 0);
    expect(sweepUntil(tracker, 0, 3_000).has(1)).toBe(true);
    expect(tracker.touch(1, 3_000)).toBe(false);
  });

  test('a forgotten session does not expire', () => {
    const tracker = new SessionTracker(SLACK_MS, 0);
    tracker.track(1, 1_000, 0);
    tracker.forget(1);
    expect(sweepUntil(tracker, 0, 5_000).size).toBe(0);
  });

  test('time in which the leader itself did not run does not count for expiry', () => {
    const tracker = new SessionTracker(SLACK_MS, 0);
    tracker.track(1, 1_000, 0);
    sweepUntil(tracker, 0, 500);
    expect(tracker.sweep(60_500, INTERVAL_MS)).toEqual([]);
    expect(tracker.touch(1, 60_510)).toBe(true);
    expect(sweepUntil(tracker, 60_550, 61_900).size).toBe(0);
  });

  test('a sign of life between waking up and the first sweep gives a full timeout and no more', () => {
    const tracker = new SessionTracker(SLACK_MS, 0);
    tracker.track(1, 1_000, 0);
    sweepUntil(tracker, 0, 500);
    expect(tracker.touch(1, 60_490)).toBe(true);
    const expiredAt = sweepUntil(tracker, 60_500, 130_000).get(1) ?? Number.NaN;
    expect(expiredAt).toBeGreaterThanOrEqual(61_990);
    expect(expiredAt).toBeLessThanOrEqual(62_200);
  });

  test('each of many sessions expires once', () => {
    const tracker = new SessionTracker(0, 0);
    for (let id = 1; id <= 1_000; id++) tracker.track(id, 1_000 + (id % 7) * 100, 0);
    const expired = sweepUntil(tracker, 0, 3_000);
    expect(expired.size).toBe(1_000);
  });
});
