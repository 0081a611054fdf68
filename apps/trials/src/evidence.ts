import { type Client, connect, isConclaveError } from '@conclave/client';
import type { Effect } from '@conclave/simulator';
import { until } from '@conclave/testkit';
import type { Evidence } from './checks/judge.ts';
import type { Silence } from './checks/silence.ts';
import { type Fleet, SESSION_TIMEOUT_MS } from './clients/fleet.ts';
import { readJournal } from './clients/journal.ts';
import type { TrialEnsemble } from './ensemble/trial-ensemble.ts';
import { PARTIES } from './workloads/barriers.ts';
import { EPHEMERALS } from './workloads/ephemerals.ts';
import { CLAIMS, ITEMS } from './workloads/queues.ts';
import { SEQUENCES } from './workloads/sequences.ts';

const GONE_WITHIN_MS = SESSION_TIMEOUT_MS + 5_000;
/** Reads in flight at a time. A client may have a thousand. */
const READS_AT_A_TIME = 500;

/** Collects what the clients have recorded and what the servers hold. Call this when all clients have ended. */
export async function gatherEvidence(
  ensemble: TrialEnsemble,
  fleet: Fleet,
  silences: readonly Silence[],
): Promise<Evidence> {
  await using client = await connect({ servers: ensemble.servers.map(({ webUrl }) => webUrl) });
  return {
    ephemeralsLeft: await ephemeralsLeft(client),
    journals: await Promise.all(
      fleet.all.map(async ({ name, journal, killedAt }) => ({
        client: name,
        killedAt,
        entries: await readJournal(journal),
      })),
    ),
    uses: fleet.resource.uses,
    silences,
    effects: await nodesBelow(client, SEQUENCES),
    itemsLeft: (await nodesBelow(client, ITEMS)).map(({ mark }) => mark),
    parties: PARTIES,
    digests: (await ensemble.atOneZxid()).map(({ digest }) => digest),
  };
}

/**
 * The ephemeral nodes that are left although their clients are gone, after the longest time that their end may take.
 */
async function ephemeralsLeft(client: Client): Promise<readonly string[]> {
  let left: readonly string[] = [];
  const gone = async (): Promise<true | undefined> => {
    const [sessions, claims] = await Promise.all([client.children(EPHEMERALS), client.children(CLAIMS)]);
    left = [...sessions.children, ...claims.children];
    return left.length === 0 ? true : undefined;
  };
  await until(gone, { what: 'all ephemeral nodes to be deleted', timeoutMs: GONE_WITHIN_MS }).catch(
    (error: unknown) => {
      if (isConclaveError(error)) throw error;
    },
  );
  return left;
}

async function nodesBelow(client: Client, path: string): Promise<Effect[]> {
  const { children } = await client.children(path);
  const effects: Effect[] = [];
  for (let at = 0; at < children.length; at += READS_AT_A_TIME) {
    const names = children.slice(at, at + READS_AT_A_TIME);
    const read = async (name: string): Promise<Effect> => {
      const place = `${path}/${name}`;
      const { data } = await client.get(place, { consistency: 'session' });
      return { mark: new TextDecoder().decode(data), place };
    };
    effects.push(...(await Promise.all(names.map(read))));
  }
  return effects;
}
