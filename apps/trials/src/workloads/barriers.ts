import { doubleBarrier } from '@conclave/recipes';
import { monotonicMs } from '../clients/journal.ts';
import { between, type Participant } from './participant.ts';

export const BARRIER = '/barrier';
export const PARTIES = 2;
const INSIDE_MS = 50;
const PAUSE_MS = 300;
const WAIT_MS_MAX = 3_000;

let lastVisit = 0;

/** Visits a double barrier again and again. No party may be inside before all have come, and all must get out. */
export async function visitBarrier(participant: Participant): Promise<void> {
  const { client, journal, session } = participant;
  while (participant.goesOn) {
    const visit = ++lastVisit;
    const record = (step: 'enters' | 'entered' | 'leaves' | 'left', round?: number): void =>
      journal.write({
        type: 'barrier',
        session,
        visit,
        step,
        at: monotonicMs(),
        ...(round === undefined ? {} : { round }),
      });
    const waitMs = between(500, WAIT_MS_MAX);
    record('enters');
    const party = await participant.call({ work: 'barriers', what: 'enter' }, () =>
      doubleBarrier(client, BARRIER, { parties: PARTIES }).enter({ waitMs }),
    );
    if (party !== undefined) {
      record('entered', party.round);
      await participant.sleepAbout(INSIDE_MS);
      // A party that has lost its place counts as gone. The session's signal checks the clock, even right after a
      // pause.
      if (!client.session.signal.aborted && !party.signal.aborted) record('leaves');
      const left = await participant.call({ work: 'barriers', what: 'leave' }, async () => {
        await party.leave({ waitMs });
        return true;
      });
      if (left === true) record('left');
    }
    await participant.sleepAbout(PAUSE_MS);
  }
}
