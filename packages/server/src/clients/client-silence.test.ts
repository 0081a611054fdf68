import { beforeEach, describe, expect, test } from 'vitest';
import { ClientSilence } from './client-silence.ts';

const TIMEOUT_MS = 100;

let silence: ClientSilence;
beforeEach(() => {
  silence = new ClientSilence();
  silence.begin(TIMEOUT_MS, 0);
});

test('a client that is read has no excuse', () => {
  expect(silence.isExcused(10, 0)).toBe(false);
  silence.stopReading(20);
  silence.resumeReading(30);
  expect(silence.isExcused(40, 0)).toBe(false);
});

test('a client that is not read is excused for as long as that lasts', () => {
  silence.stopReading(50);
  for (const nowMs of [60, 1_000, 1_000_000]) expect(silence.isExcused(nowMs, 0)).toBe(true);
});

test('what counts is the silence while it was read, however often it was not', () => {
  for (let nowMs = 0; nowMs < 1_000; nowMs += 100) {
    silence.stopReading(nowMs + 10);
    expect(silence.isExcused(nowMs + 50, 0)).toBe(nowMs < 900);
    silence.resumeReading(nowMs + 100);
  }
  silence.heard(1_001);
  silence.stopReading(1_100);
  expect(silence.isExcused(1_101, 0)).toBe(true);
});

describe('a client that leaves unread what it was sent', () => {
  beforeEach(() => silence.stopReading(0));

  test('is excused for its timeout', () => {
    expect(silence.isExcused(10, 5_000)).toBe(true);
    expect(silence.isExcused(109, 6_000)).toBe(true);
    expect(silence.isExcused(110, 6_000)).toBe(false);
  });

  test('and for as long as it takes some of it', () => {
    for (let i = 0; i < 20; i++) expect(silence.isExcused(i * 90, 5_000 - i)).toBe(true);
  });

  test('and anew when it had taken all', () => {
    silence.isExcused(10, 5_000);
    silence.tookAll();
    expect(silence.isExcused(200, 6_000)).toBe(true);
    silence.resumeReading(250);
    silence.heard(250);
    silence.stopReading(300);
    expect(silence.isExcused(399, 7_000)).toBe(true);
  });
});
