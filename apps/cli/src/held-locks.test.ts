import { ConclaveError } from '@conclave/client';
import type { HeldLock } from '@conclave/recipes';
import { expect, test, vi } from 'vitest';
import { HeldLocks } from './held-locks.ts';

function heldLock(): { lock: HeldLock; end: (code: 'CLOSED' | 'SESSION_EXPIRED' | 'GRANT_OVER') => void } {
  const controller = new AbortController();
  const lock = { signal: controller.signal } as HeldLock;
  return { lock, end: (code) => controller.abort(new ConclaveError(code, 'over')) };
}

test('a lost lock is reported and no longer held', () => {
  const onLost = vi.fn();
  const held = new HeldLocks(onLost);
  const { lock, end } = heldLock();
  held.add('/a', lock);
  expect(held.paths).toEqual(['/a']);
  end('SESSION_EXPIRED');
  expect(onLost).toHaveBeenCalledExactlyOnceWith('/a', expect.objectContaining({ code: 'SESSION_EXPIRED' }));
  expect(held.has('/a')).toBe(false);
});

test('a lock that is released, or closed with its session, is not reported as lost', () => {
  const onLost = vi.fn();
  const held = new HeldLocks(onLost);
  const [released, closed] = [heldLock(), heldLock()];
  held.add('/a', released.lock);
  held.add('/b', closed.lock);
  expect(held.take('/a')).toBe(released.lock);
  expect(held.take('/a')).toBeUndefined();
  released.end('GRANT_OVER');
  closed.end('CLOSED');
  expect(held.paths).toEqual([]);
  expect(onLost).not.toHaveBeenCalled();
});
