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

/** The process runs for `ms`, and ticks meanwhile. */
function run(ms: number): void {
  for (const end = nowMs + ms; nowMs < end; ) {
    nowMs += 20;
    expect(contact.noteAwake()).toBe(false);
  }
}

test('a follower is in touch while messages of its leader come, and not without a leader', () => {
  contact.noteMessage(2);
  run(SUSPICION_MS);
  expect(contact.isFresh(2)).toBe(true);
  expect(contact.isFresh(3)).toBe(false);
  expect(contact.isFresh(undefined)).toBe(false);
  run(20);
  expect(contact.isFresh(2)).toBe(false);
});

test('a leader is in touch while messages of one of two followers come', () => {
  expect(contact.isFresh(1)).toBe(false);
  contact.noteMessage(3);
  expect(contact.isFresh(1)).toBe(true);
});

test('after a pause a server is not in touch before its latest question has an answer', () => {
  contact.noteMessage(2);
  nowMs += SUSPICION_MS / 2 + 1;
  expect(contact.isFresh(2)).toBe(false);
  expect(contact.noteAwake()).toBe(true);
  const first = contact.doubt();
  const second = contact.doubt();
  contact.noteMessage(2);
  expect(contact.settle(first)).toBe(true);
  expect(contact.isFresh(2)).toBe(false);
  expect(contact.settle(second)).toBe(true);
  expect(contact.isFresh(2)).toBe(true);
});

test('a question that another part asked does not end the doubt', () => {
  expect(contact.settle(1)).toBe(false);
});

test('a new leader ends the doubt about the last one', () => {
  contact.doubt();
  contact.begin();
  contact.noteMessage(3);
  expect(contact.isFresh(3)).toBe(true);
});
