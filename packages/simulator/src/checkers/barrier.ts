import { Violation } from '../violation.ts';

/**
 * One visit of a client to a double barrier. The moments are numbers that grow from one event of any client to the
 * next. A moment is undefined if it was not reached, or if its outcome is unknown.
 */
export interface BarrierVisit {
  readonly participant: string;
  readonly enterBegunAt: number;
  /** The round that the answer named. */
  round?: number;
  enteredAt?: number;
  /** Set only if the client had not lost its place by then. */
  leaveBegunAt?: number;
  leftAt?: number;
}

/**
 * Checks the visits to a double barrier. No client enters a round before enough clients have arrived. No client has
 * left a round before another, which still has its place, begins to leave. The rounds of a client grow. The visits of
 * each client are in their order. Throws `Violation`.
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
        `${what}: round ${round} was entered at ${opened}, when ${arrived} of ${parties} had arrived`,
      );
    }
    const left = Math.min(...inside.map(({ leftAt = Number.POSITIVE_INFINITY }) => leftAt));
    const late = inside.find(({ leaveBegunAt = 0 }) => leaveBegunAt > left);
    if (late !== undefined) {
      throw new Violation(
        'all leave together',
        `${what}: a client had left round ${round} at ${left}, and ${late.participant} began to leave at ${late.leaveBegunAt}`,
      );
    }
  }
}

/**
 * Returns how many clients may have arrived for a round that was entered at `opened`. A client that gave up may have
 * been counted all the same, until a later visit of it was answered. It leaves before it comes again, but it is
 * unknown when that takes effect.
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
