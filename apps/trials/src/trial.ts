import { temporaryDirectory } from '@conclave/testkit';
import { type Complaint, judge, type Verdict } from './checks/judge.ts';
import { Fleet, prepareNodes } from './clients/fleet.ts';
import { monotonicMs } from './clients/journal.ts';
import { TrialEnsemble } from './ensemble/trial-ensemble.ts';
import { gatherEvidence } from './evidence.ts';
import { type Fault, Scene } from './faults/fault.ts';
import { LoopbackNetwork } from './network/loopback.ts';
import { NamespaceNetwork } from './network/namespaces.ts';
import type { Network } from './network/network.ts';
import { type FaultResult, resultOf, type StrikeTime } from './result.ts';

const DISK_MEGABYTES = 96;
const CALM_WRITES = 10;
/** Checkpoints are frequent, because some faults damage them and so even a short trial must write some. */
const SETTINGS = { checkpointTxns: 500, reserveBytes: 4 * 1024 * 1024 };

export interface TrialOptions {
  readonly servers: number;
  /** The faults that strike the ensemble, one after the other. */
  readonly faults: readonly Fault[];
  /** Each fault is repeated for this time, and strikes at least once. */
  readonly seconds: number;
  readonly clients: number;
  readonly network: Network['kind'];
  /** The directory in which the folder for the data is created. */
  readonly dataParent: string;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** Starts servers and clients, lets the faults strike them, and judges everything that was recorded. */
export async function runTrial(options: TrialOptions): Promise<FaultResult[]> {
  const { faults, servers, signal, onProgress } = options;
  const complaints: Complaint[] = [];
  await using stack = new AsyncDisposableStack();
  const folder = await temporaryDirectory(options.dataParent);
  const directory = folder.path;
  stack.defer(async () => {
    if (complaints.length === 0) await folder[Symbol.asyncDispose]();
    else onProgress(`logs, journals and data are kept in ${directory}`);
  });
  const smallDisks = faults.some(({ arrangement }) => arrangement === 'smallDisks');
  const network = stack.use(await createNetwork(options));
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
  if (complaints.length === 0) complaints.push(...(await stillWorking(fleet, signal)));
  complaints.push(...(await fleet.stop()));
  const { calls, complaints: found } = await judged(ensemble, fleet, strikes);
  signal.throwIfAborted();
  complaints.push(...found);
  return strikes.map((time) =>
    resultOf({
      servers,
      time,
      calls,
      late: fleet.resource.lateUses,
      killed: fleet.all.filter(({ killedAt }) => killedAt !== undefined).map(({ name }) => name),
      complaints,
    }),
  );
}

/** Checks that every kind of work still succeeds, because work that is never done tests nothing. */
async function stillWorking(fleet: Fleet, signal: AbortSignal): Promise<Complaint[]> {
  try {
    await fleet.achieveAll(signal);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    return [{ property: 'every kind of work goes on', detail: describe(error) }];
  }
}

/** Judges what the clients have seen, whatever happened before, if it can be collected at all. */
async function judged(
  ensemble: TrialEnsemble,
  fleet: Fleet,
  strikes: readonly StrikeTime[],
): Promise<Verdict> {
  try {
    return judge(
      await gatherEvidence(
        ensemble,
        fleet,
        strikes.flatMap(({ scene }) => scene.silences),
      ),
    );
  } catch (error) {
    return { calls: [], complaints: [{ property: 'everything can be judged', detail: describe(error) }] };
  }
}

async function strike(fault: Fault, scene: Scene, untilMs: number): Promise<void> {
  do {
    await fault.strike(scene);
    await scene.fleet.progress(CALM_WRITES);
    scene.round++;
  } while (monotonicMs() < untilMs);
}

async function createNetwork({ network, servers, faults }: TrialOptions): Promise<Network> {
  if (network === 'loopback') return LoopbackNetwork.create(servers);
  const relays = faults.some(({ arrangement }) => arrangement === 'relays');
  return NamespaceNetwork.create(servers, { relays });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${describe(error.cause)})`;
}
