import { InvariantError } from '@conclave/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { IncomingRequest, LargeRequests } from './large-requests.ts';

const LENGTH = 60_000;

let nowMs: number;
/** The time at which each timer is due that was not cancelled. */
let timers: Map<() => void, number>;
let isLate: boolean;
let request: IncomingRequest;

beforeEach(() => {
  nowMs = 0;
  timers = new Map();
  isLate = false;
  const limits = { largeRequestBytes: 10_000, largeRequestsBytesMax: 65_536, largeRequestMs: 100 };
  request = new IncomingRequest(
    new LargeRequests(limits),
    {
      monotonicMs: () => nowMs,
      after(delayMs, task) {
        timers.set(task, nowMs + delayMs);
        return () => timers.delete(task);
      },
    },
    () => {
      isLate = true;
    },
  );
});

function pass(ms: number): void {
  nowMs += ms;
  for (const [task, dueMs] of timers) if (dueMs <= nowMs) task();
}

describe('a large request', () => {
  test('that is not complete in its time is late', () => {
    request.follow(LENGTH);
    expect(request.hasRoom()).toBe(true);
    pass(99);
    expect(isLate).toBe(false);
    pass(1);
    expect(isLate).toBe(true);
  });

  test('has its full time from the moment at which it has room', () => {
    request.setAwaited(false);
    request.follow(LENGTH);
    request.hasRoom();
    pass(1_000);
    request.setAwaited(true);
    pass(99);
    expect(isLate).toBe(false);
    pass(1);
    expect(isLate).toBe(true);
  });

  test('loses no time while the server does not read from its client', () => {
    request.follow(LENGTH);
    request.hasRoom();
    for (let i = 0; i < 3; i++) {
      pass(30);
      request.setAwaited(false);
      pass(1_000);
      request.setAwaited(true);
    }
    pass(9);
    expect(isLate).toBe(false);
    pass(1);
    expect(isLate).toBe(true);
  });

  test('that is complete is never late', () => {
    request.follow(LENGTH);
    request.hasRoom();
    request.follow(0);
    request.setAwaited(false);
    request.setAwaited(true);
    pass(1_000);
    expect(isLate).toBe(false);
  });
});

test('no more room is given back than was taken', () => {
  const limits = { largeRequestBytes: 10, largeRequestsBytesMax: 100, largeRequestMs: 100 };
  const room = new LargeRequests(limits);
  room.take(50);
  room.release(50);
  expect(() => room.release(1)).toThrow(InvariantError);
});
