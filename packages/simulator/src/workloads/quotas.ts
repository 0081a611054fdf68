import { type Client, isConclaveError, type MultiOperation } from '@conclave/client';
import { checkHardQuota, checkQuotaCount, QUOTA_PATH, QUOTA_STATS, usageOf } from '../checkers/quota.ts';
import { judge, outcomeOf, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const LIMITS = { count: 10, bytes: 100 };
const DATA_MAX = 25;

/**
 * A hard quota that is nearly full all the time. No write exceeds it. At the end the counts of all servers are those
 * of the existing nodes, even after writes that were refused or repeated, and after ephemerals that ended with their
 * session.
 */
export class Quotas implements Workload {
  readonly name = 'quotas';
  readonly #context: WorkloadContext;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(client: Client): Promise<void> {
    await client.create(QUOTA_PATH);
    const parent = QUOTA_STATS.slice(0, QUOTA_STATS.lastIndexOf('/'));
    await client.create(parent);
    const hard = `byteHardLimit=${LIMITS.bytes};countHardLimit=${LIMITS.count}`;
    await client.create(`${parent}/zookeeper_limits`, `count=-1,bytes=-1=;${hard}`);
    await client.create(QUOTA_STATS, 'count=-1,bytes=-1');
  }

  async run(participant: Participant): Promise<void> {
    const { random } = participant;
    const { state, tally, world } = this.#context;
    while (participant.isActive) {
      const outcome = await outcomeOf(this.#act(participant), tally);
      if (outcome.type === 'done') participant.progress();
      judge(world, () => checkHardQuota(usageOf(state.nodes, QUOTA_PATH), LIMITS));
      await participant.sleep(random.exponential(120));
    }
  }

  async check(client: Client): Promise<void> {
    const { state } = this.#context;
    for (;;) {
      const before = state.lastZxid;
      const { data } = await client.get(QUOTA_STATS, { consistency: 'linearizable' });
      if (state.lastZxid !== before) continue;
      checkQuotaCount(new TextDecoder().decode(data), usageOf(state.nodes, QUOTA_PATH));
      return;
    }
  }

  async #act({ random, client }: Participant): Promise<void> {
    const data = 'x'.repeat(random.between(0, DATA_MAX));
    const paths = this.#context.state.childrenOf(QUOTA_PATH);
    try {
      if (paths.length > 0 && random.chance(0.25)) await client.set(random.pick(paths), data);
      else if (random.chance(0.3)) await client.multi([creation(data), creation(data)]);
      else if (random.chance(0.6))
        await client.create(`${QUOTA_PATH}/n-`, data, { mode: 'persistentSequential' });
      else await client.create(`${QUOTA_PATH}/e-`, data, { mode: 'ephemeralSequential' });
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'QUOTA_EXCEEDED') throw error;
      if (paths.length > 0) await client.delete(random.pick(paths));
    }
  }
}

function creation(data: string): MultiOperation {
  return { type: 'create', path: `${QUOTA_PATH}/m-`, data, mode: 'persistentSequential' };
}
