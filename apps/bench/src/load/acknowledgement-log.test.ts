import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AcknowledgementLog } from './acknowledgement-log.ts';

let log: AcknowledgementLog;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  log = new AcknowledgementLog();
});
afterEach(() => {
  vi.useRealTimers();
});

function acknowledgeAfter(...pauses: number[]): void {
  for (const pause of pauses) {
    vi.advanceTimersByTime(pause);
    log.acknowledge();
  }
}

it('measures the longest pause between two acknowledgements', () => {
  log.begin();
  acknowledgeAfter(10, 250, 20);
  expect([log.gapMs, log.count]).toEqual([250, 3]);
});

it('counts a pause from the beginning of the measured time', () => {
  log.begin();
  acknowledgeAfter(40, 10);
  expect(log.gapMs).toBe(40);
});

it('ignores acknowledgements before the beginning and after the end', () => {
  acknowledgeAfter(500, 500);
  log.begin();
  acknowledgeAfter(5);
  log.end();
  acknowledgeAfter(9_000);
  expect([log.gapMs, log.count]).toEqual([5, 1]);
});
