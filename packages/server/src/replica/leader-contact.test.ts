import { majority } from '@conclave/zab';
import { beforeEach, expect, test } from 'vitest';
import { LeaderContact } from './leader-contact.ts';

const SUSPICION_MS = 400;
let nowMs = 0;
let contact: LeaderContact;

beforeEach(() => {
  nowMs = 1_000;
  const clock = {
    monotonicMs: () => nowMs,
    wallMs: () => nowMs,
    after: () => () => undefined,
    endOfTurn: () => undefined,
  };
  contact = new LeaderContact({ id: 1, quorum: majority([1, 2, 3]), clock, suspicionMs: SUSPICION_MS });
});

/** The process runs on, and ticks as it does. */
function run(ms: number): void {
  for (const end = nowMs + ms; nowMs < end; ) {
    nowMs += 20;
    expect(contact.noteAwake()).toBe(false);
  }
}

test('with a leader as long as it is heard, with nobody without one', () => {
  contact.heard(2);
  run(SUSPICION_MS);
  expect(contact.isFresh(2)).toBe(true);
  expect(contact.isFresh(3)).toBe(false);
  expect(contact.isFresh(undefined)).toBe(false);
  run(20);
  expect(contact.isFresh(2)).toBe(false);
});

test('leading, as long as one of two others is heard', () => {
  expect(contact.isFresh(1)).toBe(false);
  contact.heard(3);
  expect(contact.isFresh(1)).toBe(true);
});

test('after a pause not before the latest question has its answer', () => {
  contact.heard(2);
  nowMs += SUSPICION_MS / 2 + 1;
  expect(contact.isFresh(2)).toBe(false);
  expect(contact.noteAwake()).toBe(true);
  const first = contact.doubt();
  const second = contact.doubt();
  contact.heard(2);
  expect(contact.settle(first)).toBe(true);
  expect(contact.isFresh(2)).toBe(false);
  expect(contact.settle(second)).toBe(true);
  expect(contact.isFresh(2)).toBe(true);
});

test('questions of others are not its own', () => {
  expect(contact.settle(1)).toBe(false);
});

test('a new leader is not doubted for what was before it', () => {
  contact.doubt();
  contact.begin();
  contact.heard(3);
  expect(contact.isFresh(3)).toBe(true);
});
