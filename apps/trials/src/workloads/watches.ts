import type { Stat } from '@conclave/client';
import { between, type Participant } from './participant.ts';

export const WATCHES = '/watches';
export const WATCHED = ['0', '1', '2'] as const;
const PAUSE_MS = 100;

let lastWatch = 0;
let lastValue = 0;

/** Sets one-shot watches on znodes that all clients change. Each must fire once, before the change can be read. */
export async function useWatches(participant: Participant): Promise<void> {
  while (participant.goesOn) {
    const path = pathOf(between(0, WATCHED.length - 1));
    if (between(0, 2) === 0) await change(participant, path);
    else await look(participant, path, between(0, 1) === 0);
    await participant.sleepAbout(PAUSE_MS);
  }
  // Reads again at the end. So a change whose watch has not fired shows in the journal.
  if (participant.client.session.signal.aborted) return;
  for (const index of WATCHED.keys()) await look(participant, pathOf(index), false);
}

async function change(participant: Participant, path: string): Promise<void> {
  const { client, session } = participant;
  const value = `${session}-${++lastValue}`;
  const stat = await participant.call({ work: 'watches', what: 'set' }, () => client.set(path, value));
  saw(participant, path, stat);
}

async function look(participant: Participant, path: string, arms: boolean): Promise<void> {
  const { client, journal, parent, session } = participant;
  const watch = ++lastWatch;
  const fired = (): void => {
    journal.write({ type: 'fired', watch, path });
    parent.reportAchieved('a watch fired');
  };
  const consistency = between(0, 1) === 0 ? 'session' : 'linearizable';
  const stat = await participant.call({ work: 'watches', what: arms ? 'arm' : 'look' }, () =>
    client.exists(path, { consistency, ...(arms ? { watch: fired } : {}) }),
  );
  saw(participant, path, stat);
  if (arms && stat != null) journal.write({ type: 'armed', session, watch, path, since: stat.mzxid });
}

function saw({ journal, session }: Participant, path: string, stat: Stat | null | undefined): void {
  if (stat != null) journal.write({ type: 'seen', session, path, mzxid: stat.mzxid });
}

function pathOf(index: number): string {
  return `${WATCHES}/${WATCHED[index]}`;
}
