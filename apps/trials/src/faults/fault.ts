import { setTimeout as pause } from 'node:timers/promises';
import type { Silence } from '../checks/silence.ts';
import type { Fleet } from '../clients/fleet.ts';
import { monotonicMs } from '../clients/journal.ts';
import type { Means } from '../enclosure.ts';
import type { TrialEnsemble } from '../ensemble/trial-ensemble.ts';
import type { TrialServer } from '../ensemble/trial-server.ts';
import type { Network } from '../network/network.ts';

/** How the machines of a trial are set up, beyond the usual. */
export type Arrangement =
  /** What servers send one another passes through relays. It cannot be cut off by address then. */
  | 'relays'
  /** Each server's data is on a small file system of its own, in memory. */
  | 'smallDisks';

/** Something that goes wrong, and comes right again. */
export interface Fault {
  readonly name: string;
  /** What happens to whom, for the report. */
  readonly summary: string;
  /** The sizes of ensembles it can happen to; all by default. */
  readonly servers?: readonly number[];
  readonly needs: readonly Means[];
  readonly arrangement?: Arrangement;
  /** Once: resolves when all servers are in service again. Rejects when they do not recover. */
  strike(scene: Scene): Promise<void>;
}

export interface SceneOptions {
  readonly ensemble: TrialEnsemble;
  readonly network: Network;
  readonly fleet: Fleet;
  readonly signal: AbortSignal;
}

/** Where a fault strikes. */
export class Scene {
  readonly ensemble: TrialEnsemble;
  readonly network: Network;
  readonly fleet: Fleet;
  /** What the report should tell of this fault beside its figures. */
  readonly notes = new Set<string>();
  readonly silences: Silence[] = [];
  /** How often this fault has struck before. */
  round = 0;
  readonly #signal: AbortSignal;

  constructor({ ensemble, network, fleet, signal }: SceneOptions) {
    this.ensemble = ensemble;
    this.network = network;
    this.fleet = fleet;
    this.#signal = signal;
  }

  /** Leaves things as they are while the clients act. */
  async hold(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#signal });
  }

  /** As `hold`, and there is no quorum meanwhile: nothing may be acknowledged. */
  async holdWithoutQuorum(ms: number): Promise<void> {
    const from = monotonicMs();
    await this.hold(ms);
    this.silences.push({ from, until: monotonicMs() });
  }

  /** A follower, another one in each round. */
  followerOf(leader: TrialServer): TrialServer {
    const followers = this.ensemble.othersThan(leader);
    const follower = followers[this.round % followers.length];
    if (follower === undefined) throw new Error('the ensemble has no follower');
    return follower;
  }

  /** In every other round a follower instead. */
  leaderOrFollower(leader: TrialServer): TrialServer {
    return this.round % 2 === 0 ? leader : this.followerOf(leader);
  }
}
