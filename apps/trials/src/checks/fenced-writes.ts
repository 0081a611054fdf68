import { Violation } from '@conclave/simulator';
import type { CompletedCall } from './calls.ts';

/**
 * A write under the guard of a grant is done while that lasts and not after: none that was asked for when the grant had
 * been given back, and all in the order of their tokens. Throws `Violation`.
 */
export function checkFencedWrites(calls: readonly CompletedCall[]): void {
  const done: { readonly lock: string; readonly token: number; readonly zxid: number }[] = [];
  for (const { input, outcome, session } of calls) {
    if (input.work !== 'fenced' || outcome.type !== 'done') continue;
    const { lock, token } = input;
    if (input.isOver) throw violation(`${session} wrote with token ${token} when it had given ${lock} back`);
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
