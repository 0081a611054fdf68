import { Violation } from '../violation.ts';

/**
 * One visit to a double barrier. Moments grow from one event of any client to the next; `undefined`: it never came to
 * that, or nobody knows.
 */
export interface BarrierVisit {
  readonly participant: string;
  readonly enterBegunAt: number;
  /** The round that it was told to be in. */
  round?: number;
  enteredAt?: number;
  /** Only if its place had not been lost by then. */
  leaveBegunAt?: number;
  leftAt?: number;
}

/**
 * Nobody enters a round before so many have arrived; nobody has left it while another is inside that knows of no loss; and
 * rounds grow. A participant's visits stand in their order. Throws `Violation`.
 */
export function checkBarrier(what: string, parties: number, visits: readonly BarrierVisit[]): void {
  const rounds = Map.groupBy(
    visits.filter(({ round }) => round !== undefined),
    ({ round }) => round,
  );
  const lastRounds = new Map<string, number>();
  for (const { participant, round = 0 } of visits) {
    const last = lastRounds.get(participant) ?? 0;
    if (round === 0) continue;
    if (round <= last) {
      throw new Violation('rounds grow', `${what}: ${participant} is in ${round} after ${last}`);
    }
    lastRounds.set(participant, round);
  }
  for (const [round, inside] of rounds) {
    const opened = Math.min(...inside.map(({ enteredAt = Number.POSITIVE_INFINITY }) => enteredAt));
    const arrived = arrivedFor(round, visits, opened);
    if (opened < Number.POSITIVE_INFINITY && arrived < parties) {
      throw new Violation(
        'no client enters early',
        `${what}: round ${round} was entered at ${opened}, when ${arrived} of ${parties} had come`,
      );
    }
    const left = Math.min(...inside.map(({ leftAt = Number.POSITIVE_INFINITY }) => leftAt));
    const late = inside.find(({ leaveBegunAt = 0 }) => leaveBegunAt > left);
    if (late !== undefined) {
      throw new Violation(
        'all leave together',
        `${what}: somebody had left round ${round} at ${left}, and ${late.participant} began to leave at ${late.leaveBegunAt}`,
      );
    }
  }
}

/**
 * How many may have come for a round that was entered at `opened`. Whoever gave up may have been counted all the same,
 * until a later visit was answered: it leaves before it comes again, but nobody knows when that arrives.
 */
function arrivedFor(round: number | undefined, visits: readonly BarrierVisit[], opened: number): number {
  const arrived = new Set<string>();
  for (const { participant, enterBegunAt, enteredAt = Number.POSITIVE_INFINITY, ...visit } of visits) {
    if (enterBegunAt >= opened) continue;
    if (visit.round === undefined || visit.round === round) arrived.add(participant);
    else if (enteredAt < opened) arrived.delete(participant);
  }
  return arrived.size;
}
