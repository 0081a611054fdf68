import { type Client, isConclaveError } from '@conclave/client';
import { Violation } from '../violation.ts';
import { judge, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const ROOT = '/expiry';
const CONTAINERS = 3;
const TTL_MS_MAX = 2_000;
/** More than the grace of containers in any run, and than the leader takes to remove what is due. */
const LATE_MS = 2_000;
/** Everybody's session is over by then, and what it leaves is due. */
const GONE_WITHIN_MS = 22_000;
const LOOK_EVERY_MS = 500;

/**
 * Containers and nodes with a time to live, which the ensemble removes by itself: not before their time, which the state's
 * model judges, nor with children that somebody has just made; and in the end they all go.
 */
export class Expiry implements Workload {
  readonly name = 'expiry';
  readonly #context: WorkloadContext;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT);
  }

  async run(participant: Participant): Promise<void> {
    const { random } = participant;
    while (participant.isActive) {
      try {
        if (random.chance(0.5)) await this.#useContainer(participant);
        else await this.#makeMortal(participant);
        participant.progress();
      } catch (error) {
        if (!isConclaveError(error)) throw error;
      }
      await participant.sleep(random.exponential(150));
    }
  }

  async check(client: Client): Promise<void> {
    const { state, world } = this.#context;
    const untilMs = world.nowMs + GONE_WITHIN_MS;
    for (;;) {
      // By the ensemble's own time, which no clock tells: a leader whose clock is behind goes on from the last one's.
      const { mtime } = await client.set(ROOT, '');
      const left = state.childrenOf(ROOT);
      if (left.every((path) => this.#isToStay(path))) return;
      if (world.nowMs > untilMs) {
        judge(world, () => this.#checkNoneIsLate(left, mtime));
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** As its users do: whoever finds none makes it, and tries again. */
  async #useContainer(participant: Participant): Promise<void> {
    const { random, client } = participant;
    const container = `${ROOT}/c-${random.between(1, CONTAINERS)}`;
    try {
      const { path } = await client.create(`${container}/x-`, null, { mode: 'ephemeralSequential' });
      await participant.sleep(random.exponential(150));
      await client.delete(path);
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'NO_NODE') throw error;
      await client.create(container, null, { mode: 'container' });
    }
  }

  async #makeMortal(participant: Participant): Promise<void> {
    const { random, client } = participant;
    const ttlMs = random.between(1, TTL_MS_MAX);
    const { path } = await client.create(`${ROOT}/t-`, null, { mode: 'persistentSequential', ttlMs });
    while (participant.isActive && random.chance(0.5)) {
      await participant.sleep(random.exponential(ttlMs));
      await client.set(path, '');
    }
  }

  #checkNoneIsLate(paths: readonly string[], nowMs: number): void {
    const late = paths.filter((path) => this.#dueAt(path) + LATE_MS < nowMs);
    if (late.length === 0) return;
    throw new Violation('expired nodes are removed', `${late.join()} are still there at ${nowMs}`);
  }

  /** A container that nobody ever used stays for much longer. */
  #isToStay(path: string): boolean {
    return (
      this.#context.state.childrenOf(path).length === 0 && this.#dueAt(path) === Number.POSITIVE_INFINITY
    );
  }

  /** By the ensemble's time; never for what has children, and for a container that has had none. */
  #dueAt(path: string): number {
    const { state } = this.#context;
    const node = state.nodes.get(path);
    if (node === undefined || state.childrenOf(path).length > 0) return Number.POSITIVE_INFINITY;
    const ttlMs = -1 - node.owner;
    return ttlMs > 0 ? node.mtime + ttlMs : (state.lastChildChangeMs(path) ?? Number.POSITIVE_INFINITY);
  }
}
