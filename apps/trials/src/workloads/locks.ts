import { type HeldLock, mutex } from '@conclave/recipes';
import { monotonicMs } from '../clients/journal.ts';
import type { Parent } from '../clients/parent.ts';
import { between, type Participant } from './participant.ts';

export const LOCKS = '/locks';
export const LOCK_NAMES = ['red', 'blue'] as const;
const PAUSE_MS = 60;
const WAIT_MS = 4_000;
const USES_MAX = 3;
const LATE_EVERY = 4;

/** Locks, whose holders use a resource that asks nobody who holds the lock, and write under the lock's guard. */
export async function useLocks(participant: Participant): Promise<void> {
  const { client } = participant;
  while (participant.goesOn) {
    const lock = LOCK_NAMES[between(0, LOCK_NAMES.length - 1)] ?? 'red';
    const held = await participant.call({ work: 'locks', what: `acquire ${lock}` }, () =>
      mutex(client, lockPath(lock)).acquire({ waitMs: WAIT_MS }),
    );
    if (held !== undefined) await hold(participant, lock, held);
    await participant.sleepAbout(PAUSE_MS);
  }
}

async function hold(participant: Participant, lock: string, held: HeldLock): Promise<void> {
  const { client, journal, parent, session } = participant;
  const token = Number(held.fencingToken);
  journal.write({ type: 'held', session, lock, token, at: monotonicMs() });
  const over = (): void => {
    // A process that was paused past this moment is told late, but could have known before it acted.
    const lateMs = Math.max(0, performance.now() - client.session.safeUntil);
    journal.write({ type: 'released', lock, token, at: monotonicMs() - lateMs });
  };
  held.signal.addEventListener('abort', over, { once: true });
  if (held.signal.aborted) over();
  if (!held.signal.aborted && parent.mustPauseHolding()) await pauseAndUse(parent, lock, held);
  for (let use = between(1, USES_MAX); use > 0 && !held.signal.aborted; use--) {
    await parent.use(lock, token);
    await writeFenced(participant, lock, held, false);
  }
  await participant.call({ work: 'locks', what: `release ${lock}` }, () => held.release());
  if (between(1, LATE_EVERY) === 1) await writeFenced(participant, lock, held, true);
}

/** `isOver`: the lock was given back, and the session may well live on: the ensemble alone can know better. */
async function writeFenced(
  participant: Participant,
  lock: string,
  { fencingToken, guard }: HeldLock,
  isOver: boolean,
): Promise<void> {
  await participant.call(
    { work: 'fenced', lock, token: Number(fencingToken), isOver },
    () => participant.client.set(dataPath(lock), String(fencingToken), { guard }),
    ({ mzxid }) => ({ zxid: Number(mzxid) }),
  );
}

/** What no program can exclude: it has looked at its signal, is paused before it acts, and acts. */
async function pauseAndUse(parent: Parent, lock: string, held: HeldLock): Promise<void> {
  const token = Number(held.fencingToken);
  await parent.tellPausing(lock, token);
  process.kill(process.pid, 'SIGSTOP');
  await parent.use(lock, token);
}

export function lockPath(lock: string): string {
  return `${LOCKS}/${lock}`;
}

export function dataPath(lock: string): string {
  return `${LOCKS}/${lock}-data`;
}
