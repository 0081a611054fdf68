import { setTimeout as pause } from 'node:timers/promises';
import type { Silence } from '../checks/silence.ts';
import type { Fleet } from '../clients/fleet.ts';
import { monotonicMs } from '../clients/journal.ts';
import type { Means } from '../enclosure.ts';
import type { TrialEnsemble } from '../ensemble/trial-ensemble.ts';
import type { TrialServer } from '../ensemble/trial-server.ts';
import type { Network } from '../network/network.ts';

/** How the machines of a trial are set up, if not in the usual way. */
export type Arrangement =
  /** Messages between servers pass through relays. They cannot be dropped by address then. */
  | 'relays'
  /** The data of each server is on its own small file system in memory. */
  | 'smallDisks';

/** A failure of servers, clients, links, disks or clocks, and its repair. */
export interface Fault {
  readonly name: string;
  /** What happens, for the help text. */
  readonly summary: string;
  /** The sizes of ensembles that it applies to; all by default. */
  readonly servers?: readonly number[];
  readonly needs: readonly Means[];
  readonly arrangement?: Arrangement;
  /** Strikes once. Resolves when all servers are in service again. Rejects if they do not recover. */
  strike(scene: Scene): Promise<void>;
}

export interface SceneOptions {
  readonly ensemble: TrialEnsemble;
  readonly network: Network;
  readonly fleet: Fleet;
  readonly signal: AbortSignal;
}

/** The servers and clients that a fault strikes. */
export class Scene {
  readonly ensemble: TrialEnsemble;
  readonly network: Network;
  readonly fleet: Fleet;
  /** Notes for the report beside the figures of this fault. */
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

  /** Waits while the clients go on working. */
  async hold(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#signal });
  }

  /** Waits while the clients go on and there is no quorum. Nothing may be acknowledged meanwhile. */
  async holdWithoutQuorum(ms: number): Promise<void> {
    const from = monotonicMs();
    await this.hold(ms);
    this.silences.push({ from, until: monotonicMs() });
  }

  /** A follower, a different one in each round. */
  followerOf(leader: TrialServer): TrialServer {
    const followers = this.ensemble.othersThan(leader);
    const follower = followers[this.round % followers.length];
    if (follower === undefined) throw new Error('the ensemble has no follower');
    return follower;
  }

  /** The leader, or in every other round a follower. */
  leaderOrFollower(leader: TrialServer): TrialServer {
    return this.round % 2 === 0 ? leader : this.followerOf(leader);
  }
}
