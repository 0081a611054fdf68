import type { Participant } from './participant.ts';

export const SEQUENCES = '/sequences';
const PAUSE_MS = 15;

let lastMark = 0;

/**
 * Creates sequential znodes, one after the other. Each must be created once, and none may be lost. Gaps are measured in
 * this stream of writes.
 */
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
