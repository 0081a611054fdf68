import { Violation } from '@conclave/simulator';
import type { Use } from '../clients/resource.ts';

/** From when to when a session believed that it held a lock. */
export interface Holding {
  readonly session: string;
  readonly lock: string;
  readonly token: number;
  readonly from: number;
  /** Infinity: it never gave up that belief. */
  readonly until: number;
}

/** One holder at a time, each with a greater token than the one before. Throws `Violation`. */
export function checkHolders(holdings: readonly Holding[]): void {
  for (const [lock, ofLock] of Map.groupBy(holdings, (holding) => holding.lock)) {
    let before: Holding | undefined;
    for (const holding of ofLock.toSorted((a, b) => a.from - b.from)) {
      if (before !== undefined && before.until >= holding.from) {
        throw new Violation(
          'one holder at a time',
          `${before.session} held ${lock} until ${before.until} ms, ${holding.session} from ${holding.from} ms on`,
        );
      }
      if (before !== undefined && before.token >= holding.token) {
        throw new Violation(
          'tokens grow',
          `${lock} had ${before.token}, then ${holding.token} of ${holding.session}`,
        );
      }
      before = holding;
    }
  }
}

/** Whoever was admitted came before everybody who was granted the lock later. Throws `Violation`. */
export function checkUses(uses: readonly Use[]): void {
  const late = lateUses(uses.filter(({ admitted }) => admitted));
  const [first] = late;
  if (first !== undefined) {
    throw new Violation('a resource hears no former holder', `${first.lock} was used with ${first.token}`);
  }
}

/** Requests of former holders that came after one of a later holder: what a resource without a gate would have let pass. */
export function lateUses(uses: readonly Use[]): Use[] {
  const highest = new Map<string, number>();
  return uses.filter(({ lock, token }) => {
    const latest = highest.get(lock) ?? 0;
    highest.set(lock, Math.max(latest, token));
    return token < latest;
  });
}
