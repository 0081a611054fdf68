import { type Client, isConclaveError } from '@conclave/client';
import { Violation } from '../violation.ts';
import { judge, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const ROOT = '/expiry';
const CONTAINERS = 3;
const TTL_MS_MAX = 2_000;
/** More than the grace of containers in any run plus the time that the leader needs to remove nodes. */
const LATE_MS = 2_000;
/** By then all sessions have ended, and the nodes that they leave are due for removal. */
const GONE_WITHIN_MS = 22_000;
const LOOK_EVERY_MS = 500;

/**
 * Containers and nodes with a time to live, which the ensemble removes by itself. The model of the state judges that
 * it does not remove them before their time, or with a child that a client has just created. At the end all of them
 * are gone.
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
        else await this.#createWithTtl(participant);
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
      // The ensemble's own time is not that of any clock: a leader with a slow clock continues from the last leader's time.
      const { mtime } = await client.set(ROOT, '');
      const left = state.childrenOf(ROOT);
      if (left.every((path) => this.#stays(path))) return;
      if (world.nowMs > untilMs) {
        judge(world, () => this.#checkNoneIsLate(left, mtime));
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Uses a container as its users do: a client that does not find it creates it, and tries again. */
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

  async #createWithTtl(participant: Participant): Promise<void> {
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

  /** Returns whether a node stays: a container that was never used stays for much longer than a run. */
  #stays(path: string): boolean {
    return (
      this.#context.state.childrenOf(path).length === 0 && this.#dueAt(path) === Number.POSITIVE_INFINITY
    );
  }

  /** Returns when a node is due, by the ensemble's time. A node with children, or an unused container, is never due. */
  #dueAt(path: string): number {
    const { state } = this.#context;
    const node = state.nodes.get(path);
    if (node === undefined || state.childrenOf(path).length > 0) return Number.POSITIVE_INFINITY;
    const ttlMs = -1 - node.owner;
    return ttlMs > 0 ? node.mtime + ttlMs : (state.lastChildChangeMs(path) ?? Number.POSITIVE_INFINITY);
  }
}
