import { type Client, isConclaveError } from '@conclave/client';
import { type FoundNode, SessionOrder } from '../checkers/session-order.ts';
import { judge, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const ROOT = '/sleepers';
const SILENCE_MS = { mean: 1_500, max: 6_000 };

/**
 * Clients that are silent for long, and then read what has just been written, linearizably or after a sync. A client
 * that is busy all the time moves to another server when its server is paused. These clients are still connected when
 * a leader that was replaced wakes up.
 */
export class Sleepers implements Workload {
  readonly name = 'sleepers';
  readonly isAlone = true;
  /** The longer the timeout, the longer the SDK waits for its server before it tries another. */
  readonly sessionTimeoutMs = 15_000;
  readonly #context: WorkloadContext;
  #lastValue = 0;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT, '');
  }

  async run(participant: Participant): Promise<void> {
    const { random, name } = participant;
    const { state, world } = this.#context;
    const order = new SessionOrder(name, state);
    while (participant.isActive) {
      await participant.sleep(Math.min(SILENCE_MS.max, random.exponential(SILENCE_MS.mean)));
      if (!participant.isActive) return;
      try {
        const isSync = random.chance(0.5);
        const path = state.lastWritten ?? ROOT;
        const since = state.lastZxid;
        const found = await this.#look(participant, path, isSync);
        judge(world, () => order.handleAnswer({ type: 'read', path, since, isRepeated: false, ...found }));
        participant.progress();
        if (random.chance(0.1)) await participant.client.set(ROOT, `s${++this.#lastValue}`);
      } catch (error) {
        if (!isConclaveError(error)) throw error;
      }
    }
  }

  async check(): Promise<void> {}

  async #look(
    { client }: Participant,
    path: string,
    isSync: boolean,
  ): Promise<{ readonly node: FoundNode | undefined; readonly data: string }> {
    if (isSync) await client.sync(path);
    try {
      const { stat, data } = await client.get(path, { consistency: isSync ? 'session' : 'linearizable' });
      const { czxid, mzxid, version } = stat;
      return { node: { czxid, mzxid, version }, data: new TextDecoder().decode(data) };
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'NO_NODE') throw error;
      return { node: undefined, data: '' };
    }
  }
}
