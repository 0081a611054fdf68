import type { Participant } from './participant.ts';

export const EPHEMERALS = '/ephemerals';
const LOOK_EVERY_MS = 250;

/** Creates an ephemeral znode for each session. It must exist for as long as the session believes that it is alive. */
export async function keepEphemeral(participant: Participant): Promise<void> {
  const { client, journal, session } = participant;
  const path = `${EPHEMERALS}/${session}`;
  const created = await participant.call({ work: 'ephemerals', what: 'create' }, () =>
    client.create(path, session, { mode: 'ephemeral' }),
  );
  if (created === undefined) return;
  while (participant.goesOn) {
    const stat = await participant.call({ work: 'ephemerals', what: 'look' }, () => client.exists(path));
    if (stat === null && !client.session.signal.aborted) {
      journal.write({
        type: 'complaint',
        property: 'ephemerals live as long as their session',
        detail: path,
      });
    }
    await participant.sleepAbout(LOOK_EVERY_MS);
  }
}
