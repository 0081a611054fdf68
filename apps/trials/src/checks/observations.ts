import type { BarrierVisit, Holding, Taking } from '@conclave/simulator';
import type { ClientJournal } from './calls.ts';

/** The times for which the client's sessions believed that they held a lock. */
export function holdingsOf({ entries, killedAt }: ClientJournal): Holding[] {
  const ends = new Map<string, number>();
  for (const entry of entries) {
    if (entry.type === 'released') ends.set(`${entry.lock} ${entry.token}`, entry.at);
  }
  return entries.flatMap((entry) => {
    if (entry.type !== 'held') return [];
    const { session, lock, token, at } = entry;
    const until = ends.get(`${lock} ${token}`) ?? killedAt ?? Number.POSITIVE_INFINITY;
    return { what: lock, holder: session, token, from: at, until };
  });
}

/** The items that the client took from the queue, and the outcomes of their removal. */
export function takingsOf({ entries }: ClientJournal): Taking[] {
  const takings = new Map<number, Taking>();
  for (const entry of entries) {
    switch (entry.type) {
      case 'taken': {
        const { session, mark, token, at } = entry;
        takings.set(token, { what: mark, holder: session, token, from: at, until: at, removal: 'none' });
        break;
      }
      case 'kept': {
        const taking = takings.get(entry.token);
        if (taking !== undefined) takings.set(entry.token, { ...taking, until: entry.at });
        break;
      }
      case 'removal': {
        const taking = takings.get(entry.token);
        if (taking !== undefined) takings.set(entry.token, { ...taking, removal: entry.outcome });
        break;
      }
      default:
        break;
    }
  }
  return [...takings.values()];
}

/** The client's visits to the double barrier. */
export function visitsOf({ entries }: ClientJournal): BarrierVisit[] {
  const visits = new Map<number, BarrierVisit>();
  for (const entry of entries) {
    if (entry.type !== 'barrier') continue;
    const { session, visit: number, step, at, round } = entry;
    if (step === 'enters') {
      visits.set(number, { participant: session, enterBegunAt: at });
      continue;
    }
    const visit = visits.get(number);
    if (visit === undefined) continue;
    switch (step) {
      case 'entered':
        visit.enteredAt = at;
        if (round !== undefined) visit.round = round;
        break;
      case 'leaves':
        visit.leaveBegunAt = at;
        break;
      case 'left':
        visit.leftAt = at;
        break;
      default:
        step satisfies never;
    }
  }
  return [...visits.values()];
}
