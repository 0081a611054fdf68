import { ErrorNumber, OpCode } from '@conclave/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANSWER_BYTES_MAX, ANSWERS_MAX, type Answer, Answers } from './answers.ts';

const refusal: Answer = { error: ErrorNumber.NO_NODE, response: undefined };

function created(path: string): Answer {
  return { error: 0, response: { op: OpCode.create, path } };
}

describe('answers', () => {
  test('are found by number until they are confirmed', () => {
    const answers = new Answers();
    answers.remember(3, created('/a'));
    answers.remember(7, refusal);
    expect(answers.find(3)).toEqual(created('/a'));
    expect(answers.find(5)).toBeUndefined();
    answers.confirm(3);
    expect(answers.find(3)).toBeUndefined();
    expect(answers.find(7)).toEqual(refusal);
    expect(answers.lastXid).toBe(7);
  });

  test('a confirmation never goes back', () => {
    const answers = new Answers();
    answers.confirm(9);
    answers.confirm(4);
    expect(answers.confirmed).toBe(9);
  });

  test('the oldest go when there are too many', () => {
    const answers = new Answers();
    for (let xid = 1; xid <= ANSWERS_MAX + 10; xid++) answers.remember(xid, refusal);
    expect(answers.size).toBe(ANSWERS_MAX);
    expect(answers.find(10)).toBeUndefined();
    expect(answers.find(11)).toEqual(refusal);
  });

  test('the oldest go when they are too large, the newest stays', () => {
    const answers = new Answers();
    const large = created(`/${'x'.repeat(ANSWER_BYTES_MAX)}`);
    answers.remember(1, refusal);
    answers.remember(2, large);
    expect([...answers.entries()]).toEqual([[2, large]]);
    answers.remember(3, refusal);
    expect([...answers.entries()]).toEqual([[3, refusal]]);
  });

  test('hold what a plain map would hold', () => {
    const step = fc.record({ skip: fc.integer({ min: 1, max: 5 }), confirm: fc.option(fc.nat({ max: 20 })) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const answers = new Answers();
        const twin = new Map<number, Answer>();
        let xid = 0;
        for (const { skip, confirm } of steps) {
          xid += skip;
          const answer = created(`/${xid}`);
          answers.remember(xid, answer);
          twin.set(xid, answer);
          if (confirm === null) continue;
          answers.confirm(xid - confirm);
          for (const old of twin.keys()) if (old <= xid - confirm) twin.delete(old);
        }
        expect([...answers.entries()]).toEqual([...twin]);
        for (let i = 0; i <= xid; i++) expect(answers.find(i)).toEqual(twin.get(i));
      }),
    );
  });
});
