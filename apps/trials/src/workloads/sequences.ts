import type { Participant } from './participant.ts';

export const SEQUENCES = '/sequences';
const PAUSE_MS = 15;

let lastMark = 0;

/** Sequential znodes, one after the other: each is to be made once, and none to be lost. The stream of writes that pauses are measured in. */
export async function createSequences(participant: Participant): Promise<void> {
  const { client, session } = participant;
  while (participant.goesOn) {
    const mark = `${session}-${++lastMark}`;
    await participant.call(
      { work: 'sequences', mark },
      () => client.create(`${SEQUENCES}/n-`, mark, { mode: 'persistentSequential' }),
      ({ path }) => ({ path }),
    );
    await participant.sleepAbout(PAUSE_MS);
  }
}
