import { describe, expect, test } from 'vitest';
import { ConnectionHealth, type ConnectionView } from './connection-health.ts';
import { Liveness } from './liveness.ts';

// Asked after 4 s without proof, given up after 8 s of silence; while calls wait, asked and suspected after 600 ms.
const liveness = new Liveness(12_000);

function view(over: Partial<ConnectionView>): ConnectionView {
  return { now: 0, lastReceivedAt: 0, provedAt: 0, waitingSince: undefined, isLate: false, ...over };
}

describe('a connection that was not asked', () => {
  test.each([
    ['has fresh proof', view({ now: 3_999 }), 'fine'],
    ['has old proof', view({ now: 4_000 }), 'ask'],
    ['tells events, but proves nothing', view({ now: 4_000, lastReceivedAt: 3_999 }), 'ask'],
    ['keeps a call waiting in silence', view({ now: 600, waitingSince: 0 }), 'ask'],
    ['answers others while one call waits', view({ now: 600, waitingSince: 0, lastReceivedAt: 500 }), 'fine'],
    ['was given a call just now', view({ now: 3_000, waitingSince: 2_900 }), 'fine'],
  ])('%s', (_, seen, verdict) => {
    expect(new ConnectionHealth().judge(seen, liveness)).toBe(verdict);
  });
});

describe('a connection that was asked at 4,000', () => {
  test.each([
    ['has some time', view({ now: 7_999 }), 'fine'],
    ['has been silent too long', view({ now: 8_000 }), 'giveUp'],
    ['was heard of in between', view({ now: 8_000, lastReceivedAt: 4_500 }), 'fine'],
    ['may have answered while the loop was blocked', view({ now: 20_000, isLate: true }), 'fine'],
    ['keeps calls waiting', view({ now: 4_600, waitingSince: 3_000 }), 'suspect'],
    ['keeps calls waiting, not for long', view({ now: 4_599, waitingSince: 3_000 }), 'fine'],
    [
      'keeps calls waiting, but is heard of',
      view({ now: 4_600, waitingSince: 3_000, lastReceivedAt: 4_500 }),
      'fine',
    ],
  ])('%s', (_, seen, verdict) => {
    const health = new ConnectionHealth();
    health.handleAsked(4_000);
    expect(health.judge(seen, liveness)).toBe(verdict);
  });
});

test('calls of a session that may live long unheard are not kept waiting for longer', () => {
  const patient = new Liveness(120_000);
  const health = new ConnectionHealth();
  expect(health.judge(view({ now: 600, waitingSince: 0 }), patient)).toBe('ask');
  health.handleAsked(600);
  expect(health.judge(view({ now: 1_200, waitingSince: 0 }), patient)).toBe('suspect');
  expect(health.judge(view({ now: 79_999 }), patient)).toBe('fine');
});

test('an answer tells when its ping was sent, once', () => {
  const health = new ConnectionHealth();
  health.handleAsked(4_000);
  expect([health.handleAnswered(), health.handleAnswered()]).toEqual([4_000, undefined]);
});
