import { describe, expect, test } from 'vitest';
import { ConnectionHealth, type ConnectionView } from './connection-health.ts';
import { Liveness } from './liveness.ts';

// It is pinged after 4 s without a proof and given up after 8 s of silence. While calls wait, it is pinged after 600 ms
// and suspect after 600 ms more.
const liveness = new Liveness(12_000);

function view(over: Partial<ConnectionView>): ConnectionView {
  return { now: 0, lastReceivedAt: 0, provedAt: 0, waitingSince: undefined, isLate: false, ...over };
}

describe('a connection without a ping in flight', () => {
  test.each([
    ['is fine with a fresh proof', view({ now: 3_999 }), 'fine'],
    ['is pinged when the proof is old', view({ now: 4_000 }), 'ask'],
    [
      'is pinged when it delivers events that prove nothing',
      view({ now: 4_000, lastReceivedAt: 3_999 }),
      'ask',
    ],
    ['is pinged when it is silent while a call waits', view({ now: 600, waitingSince: 0 }), 'ask'],
    [
      'is fine when it answers others while one call waits',
      view({ now: 600, waitingSince: 0, lastReceivedAt: 500 }),
      'fine',
    ],
    ['is fine when the call was sent just now', view({ now: 3_000, waitingSince: 2_900 }), 'fine'],
  ])('%s', (_, seen, verdict) => {
    expect(new ConnectionHealth().judge(seen, liveness)).toBe(verdict);
  });
});

describe('a connection that was pinged at 4,000', () => {
  test.each([
    ['is fine for some time', view({ now: 7_999 }), 'fine'],
    ['is given up after a long silence', view({ now: 8_000 }), 'giveUp'],
    ['is fine when it has sent something in between', view({ now: 8_000, lastReceivedAt: 4_500 }), 'fine'],
    [
      'is fine when it may have answered while the loop was blocked',
      view({ now: 20_000, isLate: true }),
      'fine',
    ],
    ['is suspect when it keeps calls waiting', view({ now: 4_600, waitingSince: 3_000 }), 'suspect'],
    [
      'is fine when it has not kept calls waiting for long',
      view({ now: 4_599, waitingSince: 3_000 }),
      'fine',
    ],
    [
      'is fine when it keeps calls waiting but sends something',
      view({ now: 4_600, waitingSince: 3_000, lastReceivedAt: 4_500 }),
      'fine',
    ],
  ])('%s', (_, seen, verdict) => {
    const health = new ConnectionHealth();
    health.handleAsked(4_000);
    expect(health.judge(seen, liveness)).toBe(verdict);
  });
});

test('calls of a session with a long timeout do not wait longer for a silent server', () => {
  const patient = new Liveness(120_000);
  const health = new ConnectionHealth();
  expect(health.judge(view({ now: 600, waitingSince: 0 }), patient)).toBe('ask');
  health.handleAsked(600);
  expect(health.judge(view({ now: 1_200, waitingSince: 0 }), patient)).toBe('suspect');
  expect(health.judge(view({ now: 79_999 }), patient)).toBe('fine');
});

test('an answer to a ping returns once when the ping was sent', () => {
  const health = new ConnectionHealth();
  health.handleAsked(4_000);
  expect([health.handleAnswered(), health.handleAnswered()]).toEqual([4_000, undefined]);
});
