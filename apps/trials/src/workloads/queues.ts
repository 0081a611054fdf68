import { monotonicMs } from '../clients/journal.ts';
import { between, type Participant } from './participant.ts';

export const QUEUE = '/queue';
export const ITEMS = `${QUEUE}/items`;
export const CLAIMS = `${QUEUE}/claims`;
const PAUSE_MS = 80;
/** Clients add nothing while the queue has this many items. */
const BACKLOG_MAX = 10;

let lastMark = 0;

/**
 * Uses a queue built as ZooKeeper's clients build it. Sequential znodes are the items, an ephemeral znode is a claim,
 * and one transaction removes both.
 */
export async function useQueue(participant: Participant): Promise<void> {
  const { client, session } = participant;
  while (participant.goesOn) {
    const items = await participant.call({ work: 'claims', what: 'list' }, () =>
      client.children(ITEMS, { consistency: 'session' }),
    );
    if (items === undefined) continue;
    const names = [...items.children].sort();
    if (names.length < BACKLOG_MAX && between(0, 9) < 6) {
      const mark = `${session}-${++lastMark}`;
      await participant.call({ work: 'queues', mark }, () =>
        client.create(`${ITEMS}/i-`, mark, { mode: 'persistentSequential' }),
      );
    } else {
      await takeFirst(participant, names);
    }
    await participant.sleepAbout(PAUSE_MS);
  }
}

/** Takes the first item that no client has claimed. */
async function takeFirst(participant: Participant, names: readonly string[]): Promise<void> {
  const { client, session } = participant;
  for (const name of names) {
    const claimed = await participant.call({ work: 'claims', what: 'claim' }, () =>
      client.create(`${CLAIMS}/${name}`, session, { mode: 'ephemeral' }),
    );
    if (claimed === undefined) continue;
    const item = await participant.call({ work: 'claims', what: 'read' }, () =>
      client.get(`${ITEMS}/${name}`),
    );
    if (item !== undefined) {
      await work(participant, name, new TextDecoder().decode(item.data), claimed.stat.czxid);
      return;
    }
    // Another client removed the item before this one claimed it.
    await participant.call({ work: 'claims', what: 'give up' }, () => client.delete(claimed.path));
  }
}

async function work(participant: Participant, name: string, mark: string, token: number): Promise<void> {
  const { client, journal, session } = participant;
  // The session's signal checks the clock, because the answer may have waited while the process was stopped.
  if (client.session.signal.aborted) return;
  journal.write({ type: 'taken', session, mark, token, at: monotonicMs() });
  await participant.sleepAbout(PAUSE_MS);
  if (client.session.signal.aborted) return;
  journal.write({ type: 'kept', token, at: monotonicMs() });
  const claim = `${CLAIMS}/${name}`;
  if (between(0, 9) === 0) {
    await participant.call({ work: 'claims', what: 'give back' }, () => client.delete(claim));
    return;
  }
  journal.write({ type: 'removal', token, outcome: 'unknown' });
  const removed = await participant.call({ work: 'claims', what: 'remove' }, () =>
    client.multi([
      { type: 'delete', path: `${ITEMS}/${name}` },
      { type: 'delete', path: claim },
    ]),
  );
  if (removed !== undefined) journal.write({ type: 'removal', token, outcome: 'done' });
}
