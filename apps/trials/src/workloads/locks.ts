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

/**
 * Takes locks. Each holder uses a resource that does not know who holds the lock, and writes to the ensemble under the
 * lock's guard.
 */
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
    // A process that was paused beyond this moment gets its signal late, but could have known before it acted.
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

/**
 * `isOver` means that the lock was released. The session may still be alive, so only the ensemble can refuse the write.
 */
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

/** Does what no program can exclude: it checks its signal, is paused before it acts, and then acts. */
async function pauseAndUse(parent: Parent, lock: string, held: HeldLock): Promise<void> {
  const token = Number(held.fencingToken);
  await parent.reportPausing(lock, token);
  process.kill(process.pid, 'SIGSTOP');
  await parent.use(lock, token);
}

export function lockPath(lock: string): string {
  return `${LOCKS}/${lock}`;
}

export function dataPath(lock: string): string {
  return `${LOCKS}/${lock}-data`;
}
