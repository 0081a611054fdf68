import { beforeEach, describe, expect, test } from 'vitest';
import { ClientSilence } from './client-silence.ts';

const TIMEOUT_MS = 100;

let silence: ClientSilence;
beforeEach(() => {
  silence = new ClientSilence();
  silence.begin(TIMEOUT_MS, 0);
});

test('a client that is read is not exempt from expiry', () => {
  expect(silence.isExempt(10, 0)).toBe(false);
  silence.stopReading(20);
  silence.resumeReading(30);
  expect(silence.isExempt(40, 0)).toBe(false);
});

test('a client that is not read is exempt from expiry for as long as that lasts', () => {
  silence.stopReading(50);
  for (const nowMs of [60, 1_000, 1_000_000]) expect(silence.isExempt(nowMs, 0)).toBe(true);
});

test('only silence while the client was read counts, however often reading stops', () => {
  for (let nowMs = 0; nowMs < 1_000; nowMs += 100) {
    silence.stopReading(nowMs + 10);
    expect(silence.isExempt(nowMs + 50, 0)).toBe(nowMs < 900);
    silence.resumeReading(nowMs + 100);
  }
  silence.noteActivity(1_001);
  silence.stopReading(1_100);
  expect(silence.isExempt(1_101, 0)).toBe(true);
});

describe('a client that does not read its answers', () => {
  beforeEach(() => silence.stopReading(0));

  test('is exempt from expiry for its timeout', () => {
    expect(silence.isExempt(10, 5_000)).toBe(true);
    expect(silence.isExempt(109, 6_000)).toBe(true);
    expect(silence.isExempt(110, 6_000)).toBe(false);
  });

  test('is exempt from expiry for as long as it reads some of them', () => {
    for (let i = 0; i < 20; i++) expect(silence.isExempt(i * 90, 5_000 - i)).toBe(true);
  });

  test('is exempt from expiry again after it has read all of them', () => {
    silence.isExempt(10, 5_000);
    silence.tookAll();
    expect(silence.isExempt(200, 6_000)).toBe(true);
    silence.resumeReading(250);
    silence.noteActivity(250);
    silence.stopReading(300);
    expect(silence.isExempt(399, 7_000)).toBe(true);
  });
});
