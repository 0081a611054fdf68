import { type Client, isConclaveError } from '@conclave/client';
import { election, type HeldLock, type Leadership, mutex } from '@conclave/recipes';
import { Violation } from '../violation.ts';
import { GuardedResource } from './guarded-resource.ts';
import { Holdings } from './holdings.ts';
import { judge, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const ROOT = '/locks';
const LOCKS = 2;
const FREE_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 200;

/**
 * Locks in the layouts of both of ZooKeeper's libraries, beside candidates for an office at the same path. A client
 * that believes that it holds a lock does hold it. No other client is granted it before that belief ends. A resource
 * that checks fencing tokens carries out nothing for a former holder after a later one.
 */
export class Locks implements Workload {
  readonly name = 'locks';
  readonly #context: WorkloadContext;
  readonly #holdings: Holdings;
  readonly #resources: readonly GuardedResource[];
  #lastValue = 0;

  constructor(context: WorkloadContext) {
    this.#context = context;
    this.#holdings = new Holdings(context.state, context.ticker);
    this.#resources = Array.from(
      { length: LOCKS },
      (_, lock) => new GuardedResource(context.world, lockPath(lock)),
    );
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT);
    for (let lock = 0; lock < LOCKS; lock++) await client.create(dataPath(lock), '');
  }

  async run(participant: Participant): Promise<void> {
    const { random } = participant;
    while (participant.isActive) {
      const lock = random.between(0, LOCKS - 1);
      try {
        const held = await this.#acquire(participant, lock);
        if (held !== null) {
          participant.progress();
          await this.#hold(participant, lock, held);
        }
      } catch (error) {
        if (!isConclaveError(error)) throw error;
        if (error.code === 'TIMEOUT') participant.progress();
      }
      await participant.sleep(random.exponential(100));
    }
  }

  async check(client: Client): Promise<void> {
    const { tally, world } = this.#context;
    this.#holdings.check();
    for (const resource of this.#resources) {
      resource.check();
      tally.lateUses += resource.lateUses;
    }
    const untilMs = world.nowMs + FREE_WITHIN_MS;
    for (let lock = 0; lock < LOCKS; ) {
      const holder = await mutex(client, lockPath(lock)).holder();
      if (holder === null) {
        lock++;
        continue;
      }
      if (world.nowMs > untilMs) throw new Violation('a lock is free when its holder is gone', holder.node);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  #acquire({ random, client }: Participant, lock: number): Promise<HeldLock | Leadership | null> {
    const path = lockPath(lock);
    const waitMs = random.pick([20, 300, 2_000, 8_000]);
    switch (random.weighted({ wait: 5, try: 1, campaign: 2 })) {
      case 'wait':
        return mutex(client, path, { layout: random.chance(0.5) ? 'curator' : 'kazoo' }).acquire({ waitMs });
      case 'try':
        return mutex(client, path).tryAcquire({ waitMs });
      case 'campaign':
        return election(client, path).campaign({ waitMs });
    }
  }

  async #hold(participant: Participant, lock: number, held: HeldLock | Leadership): Promise<void> {
    const { random, client, name } = participant;
    const { world } = this.#context;
    const token = Number(held.fencingToken);
    const believe = this.#holdings.begin(lockPath(lock), name, token);
    for (let step = random.between(0, 4); step >= 0; step--) {
      if (held.signal.aborted) break;
      judge(world, believe);
      // A client that is paused between the check and the request acts on a lock that it no longer holds.
      if (random.chance(0.3)) await participant.sleep(random.exponential(random.pick([2, 100])));
      this.#resources[lock]?.use(name, token, random.next());
      if (random.chance(0.5)) {
        await client.set(dataPath(lock), `${token} ${++this.#lastValue}`, { guard: held.guard });
      }
      await participant.sleep(random.exponential(random.pick([2, 30, 300])));
    }
    await ('release' in held ? held.release() : held.resign());
    // A late write of a former holder must be refused. Otherwise the model of the state reports it.
    if (random.chance(0.2)) await client.set(dataPath(lock), `${token} late`, { guard: held.guard });
  }
}

function lockPath(lock: number): string {
  return `${ROOT}/${lock}`;
}

function dataPath(lock: number): string {
  return `${ROOT}/data-${lock}`;
}
