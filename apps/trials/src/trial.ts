import { type Client, connect, isConclaveError } from '@conclave/client';
import type { Effect } from '@conclave/simulator';
import { temporaryDirectory, until } from '@conclave/testkit';
import { type Complaint, judge, type Verdict } from './checks/judge.ts';
import { Fleet, prepareNodes, SESSION_TIMEOUT_MS } from './clients/fleet.ts';
import { monotonicMs, readJournal } from './clients/journal.ts';
import { TrialEnsemble } from './ensemble/trial-ensemble.ts';
import { type Fault, Scene } from './faults/fault.ts';
import { LoopbackNetwork } from './network/loopback.ts';
import { NamespaceNetwork } from './network/namespaces.ts';
import type { Network } from './network/network.ts';
import { type FaultResult, resultOf, type StrikeTime } from './result.ts';
import { PARTIES } from './workloads/barriers.ts';
import { EPHEMERALS } from './workloads/ephemerals.ts';
import { CLAIMS, ITEMS } from './workloads/queues.ts';
import { SEQUENCES } from './workloads/sequences.ts';

const DISK_MEGABYTES = 96;
const CALM_WRITES = 10;
const GONE_WITHIN_MS = SESSION_TIMEOUT_MS + 5_000;
/** Reads under way at a time, of a client that may have a thousand. */
const READS_AT_A_TIME = 500;
/** Checkpoints are to be damaged as well; so there must be some, also in a short trial. */
const SETTINGS = { checkpointTxns: 500, reserveBytes: 4 * 1024 * 1024 };

export interface TrialOptions {
  readonly servers: number;
  /** They strike one ensemble one after the other. */
  readonly faults: readonly Fault[];
  /** Each strikes again until so much time is over, and once at least. */
  readonly seconds: number;
  readonly clients: number;
  readonly network: Network['kind'];
  /** Where the data's folder is made. */
  readonly dataParent: string;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** Starts servers and clients, has the faults strike them, and judges all that was written down. */
export async function runTrial(options: TrialOptions): Promise<FaultResult[]> {
  const { faults, servers, signal, onProgress } = options;
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory(options.dataParent)).path;
  const smallDisks = faults.some(({ arrangement }) => arrangement === 'smallDisks');
  const network = stack.use(await layNetwork(options));
  const ensemble = stack.use(
    await TrialEnsemble.install({
      network,
      directory,
      diskMegabytes: smallDisks ? DISK_MEGABYTES : undefined,
      settings: SETTINGS,
    }),
  );
  ensemble.start();
  await ensemble.inService();
  await prepareNodes(ensemble.servers);
  const fleet = stack.use(new Fleet(ensemble.servers, directory));
  for (let i = 0; i < options.clients; i++) fleet.start();
  await fleet.progress(CALM_WRITES);

  const strikes: StrikeTime[] = [];
  const complaints: Complaint[] = [];
  for (const fault of faults) {
    signal.throwIfAborted();
    onProgress(`${servers} servers, ${fault.name}`);
    const scene = new Scene({ ensemble, network, fleet, signal });
    const from = monotonicMs();
    try {
      await strike(fault, scene, from + options.seconds * 1_000);
    } catch (error) {
      signal.throwIfAborted();
      complaints.push({ property: 'the service recovers', detail: describe(error) });
    }
    strikes.push({ fault, from, until: monotonicMs(), scene });
    if (complaints.length > 0) break;
  }
  const notEnded = await fleet.stop();
  complaints.push(...notEnded.map((detail) => ({ property: 'every client makes progress', detail })));
  const verdict = complaints.length === 0 ? await judgeAll(ensemble, fleet, strikes) : undefined;
  const all = [...complaints, ...(verdict?.complaints ?? [])];
  return strikes.map((time) =>
    resultOf({
      servers,
      time,
      calls: verdict?.calls ?? [],
      late: fleet.resource.lateUses,
      killed: fleet.all.filter(({ killedAt }) => killedAt !== undefined).map(({ name }) => name),
      complaints: all,
    }),
  );
}

async function strike(fault: Fault, scene: Scene, untilMs: number): Promise<void> {
  do {
    await fault.strike(scene);
    await scene.fleet.progress(CALM_WRITES);
    scene.round++;
  } while (monotonicMs() < untilMs);
}

async function layNetwork({ network, servers, faults }: TrialOptions): Promise<Network> {
  if (network === 'loopback') return LoopbackNetwork.lay(servers);
  const relays = faults.some(({ arrangement }) => arrangement === 'relays');
  return NamespaceNetwork.lay(servers, { relays });
}

async function judgeAll(
  ensemble: TrialEnsemble,
  fleet: Fleet,
  strikes: readonly StrikeTime[],
): Promise<Verdict> {
  await using client = await connect({ servers: ensemble.servers.map(({ webUrl }) => webUrl) });
  const left = await ephemeralsLeft(client);
  const verdict = judge({
    journals: await Promise.all(
      fleet.all.map(async ({ name, journal, killedAt }) => ({
        client: name,
        killedAt,
        entries: await readJournal(journal),
      })),
    ),
    uses: fleet.resource.uses,
    silences: strikes.flatMap(({ scene }) => scene.silences),
    effects: await nodesBelow(client, SEQUENCES),
    itemsLeft: (await nodesBelow(client, ITEMS)).map(({ mark }) => mark),
    parties: PARTIES,
    digests: (await ensemble.atOneZxid()).map(({ digest }) => digest),
  });
  const complaints = left.map((detail) => ({ property: 'ephemerals go with their session', detail }));
  return { ...verdict, complaints: [...verdict.complaints, ...complaints] };
}

/** When all clients are gone, what they held is. Resolves to what is left after the longest time that it may take. */
async function ephemeralsLeft(client: Client): Promise<readonly string[]> {
  let left: readonly string[] = [];
  const gone = async (): Promise<true | undefined> => {
    const [sessions, claims] = await Promise.all([client.children(EPHEMERALS), client.children(CLAIMS)]);
    left = [...sessions.children, ...claims.children];
    return left.length === 0 ? true : undefined;
  };
  await until(gone, { what: 'ephemeral nodes to go', timeoutMs: GONE_WITHIN_MS }).catch((error: unknown) => {
    if (isConclaveError(error)) throw error;
  });
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

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${describe(error.cause)})`;
}
