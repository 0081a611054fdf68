import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PendingRequest, RequestQueue } from './request-queue.ts';

function pending(xid: number): PendingRequest {
  return { kind: 'error', xid, opcode: 0, arrivedMs: 0, error: 0, closes: undefined };
}

test('behaves as an array whose head is shifted', () => {
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
          queue.shift();
          model.shift();
        }
        expect(queue.length).toBe(model.length);
        expect(queue.peek()?.xid).toBe(model[0]);
      }
      expect([...queue].map((item) => item.xid)).toEqual(model);
    }),
  );
});
