import type { Operation } from '../history.ts';
import { Violation } from '../violation.ts';
import { checkExclusion, type Holding } from './exclusion.ts';

/**
 * A claim on an item, which was read under the claim. `what` is the item's mark, and the token is that of the claim.
 */
export interface Taking extends Holding {
  /** The outcome of the transaction that removes the item and its claim; `none` if it was not tried. */
  readonly removal: 'done' | 'unknown' | 'none';
}

/**
 * Checks that the items of a queue come out as they were put in. No acknowledged item is lost. No item is removed
 * twice, or taken again after it was removed. No item comes out that no client put in. Two clients never have one
 * item at the same time, so an item is taken again only when the claim before is over. `left` are the marks of the
 * items that are still there at the end. Throws `Violation`.
 */
export function checkQueue(
  what: string,
  puts: readonly Operation<string, unknown>[],
  takings: readonly Taking[],
  left: Iterable<string>,
): void {
  const stillThere = new Set<string>();
  for (const mark of left) {
    if (stillThere.has(mark)) throw new Violation('exactly once', `${what}: ${mark} is there twice`);
    stillThere.add(mark);
  }
  const wasPut = new Map(puts.map((put) => [put.input, put.outcome.type]));
  for (const mark of [...stillThere, ...takings.map((taking) => taking.what)]) {
    const type = wasPut.get(mark);
    if (type === 'done' || type === 'unknown') continue;
    throw new Violation('integrity', `${what}: ${mark} is in the queue, but was never put there`);
  }
  checkExclusion(takings);
  const takingsOf = Map.groupBy(takings, (taking) => taking.what);
  for (const [mark, outcome] of wasPut) {
    const taken = takingsOf.get(mark) ?? [];
    const removed = taken.filter(({ removal }) => removal === 'done');
    const [removal] = removed;
    const again = taken.some(({ token }) => removal !== undefined && token > removal.token);
    if (removed.length > 1 || (removal !== undefined && (stillThere.has(mark) || again))) {
      throw new Violation(
        'an item is removed once',
        `${what}: ${mark} was removed ${removed.length} times${again ? ', taken again' : ''}`,
      );
    }
    if (outcome !== 'done' || removal !== undefined || stillThere.has(mark)) continue;
    if (taken.some((taking) => taking.removal === 'unknown')) continue;
    throw new Violation('nothing acknowledged is lost', `${what}: ${mark} is gone, but no client removed it`);
  }
}
