import { InvariantError } from '@conclave/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PendingRequest, RequestQueue } from './request-queue.ts';

function pending(xid: number): PendingRequest {
  return { kind: 'error', xid, opcode: 0, arrivedMs: 0, error: 0, closes: undefined };
}

test('the queue behaves like an array that is shifted', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (pushes) => {
      const queue = new RequestQueue();
      const model: number[] = [];
      let xid = 0;
      for (const push of pushes) {
        if (push) {
          queue.push(pending(++xid));
          model.push(xid);
        } else {
          const head = queue.peek();
          if (head !== undefined) queue.shift(head);
          model.shift();
        }
        expect(queue.length).toBe(model.length);
        expect(queue.peek()?.xid).toBe(model[0]);
      }
      expect([...queue].map((item) => item.xid)).toEqual(model);
    }),
  );
});

test('no request leaves the queue twice or before its turn', () => {
  const queue = new RequestQueue();
  const [first, second] = [pending(1), pending(2)];
  queue.push(first);
  queue.push(second);
  expect(() => queue.shift(second)).toThrow(InvariantError);
  queue.shift(first);
  expect(() => queue.shift(first)).toThrow(InvariantError);
  queue.shift(second);
  expect(() => queue.shift(second)).toThrow(InvariantError);
});
