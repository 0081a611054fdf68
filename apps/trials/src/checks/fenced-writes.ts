import { Violation } from '@conclave/simulator';
import type { CompletedCall } from './calls.ts';

/**
 * Checks that writes under the guard of a grant take effect only while the grant lasts. No write that was requested
 * after the release may take effect, and all must be in the order of their tokens. Throws `Violation`.
 */
export function checkFencedWrites(calls: readonly CompletedCall[]): void {
  const done: { readonly lock: string; readonly token: number; readonly zxid: number }[] = [];
  for (const { input, outcome, session } of calls) {
    if (input.work !== 'fenced' || outcome.type !== 'done') continue;
    const { lock, token } = input;
    if (input.isOver) throw violation(`${session} wrote with token ${token} after it had released ${lock}`);
    done.push({ lock, token, zxid: outcome.result.zxid ?? 0 });
  }
  const highest = new Map<string, number>();
  for (const { lock, token, zxid } of done.sort((a, b) => a.zxid - b.zxid)) {
    const before = highest.get(lock) ?? 0;
    if (token < before) throw violation(`${lock} with token ${token} at ${zxid}, after ${before}`);
    highest.set(lock, token);
  }
}

function violation(detail: string): Violation {
  return new Violation('a fenced write is refused when the grant is over', detail);
}
