import { type Client, isConclaveError, type Zxid } from '@conclave/client';
import { checkRead } from '../checkers/reads.ts';
import type { Participant, Workload, WorkloadContext } from './workload.ts';

const ROOT = '/reads';
const KEYS = 2;

type Act = 'linearizable' | 'session' | 'sync' | 'set' | 'delete';

/**
 * Linearizable reads and a session's own reads, side by side with writes: the first see all that was committed before
 * they were begun, the second all that the session has seen or done.
 */
export class Reads implements Workload {
  readonly name = 'reads';
  readonly #context: WorkloadContext;
  #lastValue = 0;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT);
  }

  async run(participant: Participant): Promise<void> {
    const loops = [
      this.#loop(participant, 40, { linearizable: 4, session: 4, sync: 1, set: 0, delete: 0 }),
      // Who rarely asks finds out what a server believes after a long silence.
      this.#loop(participant, 1_000, { linearizable: 2, session: 1, sync: 1, set: 0, delete: 0 }),
    ];
    // A session's reads wait for its writes; so there must be some that never write.
    if (participant.chance.hits(0.6)) {
      loops.push(this.#loop(participant, 80, { linearizable: 0, session: 1, sync: 0, set: 6, delete: 1 }));
    }
    await Promise.all(loops);
  }

  async #loop(participant: Participant, pauseMs: number, weights: Record<Act, number>): Promise<void> {
    const { chance } = participant;
    while (participant.goesOn) {
      await participant.sleep(chance.exponential(pauseMs));
      if (!participant.goesOn) return;
      try {
        await this.#act(participant, chance.weighted(weights));
        participant.progress();
      } catch (error) {
        if (!isConclaveError(error)) throw error;
      }
    }
  }

  async #act(participant: Participant, act: Act): Promise<void> {
    const { chance, client } = participant;
    const path = `${ROOT}/${chance.between(0, KEYS - 1)}`;
    switch (act) {
      case 'linearizable':
        await this.#read(participant, path, this.#context.state.lastZxid, 'linearizable');
        return;
      case 'session':
        await this.#read(participant, path, client.session.lastZxid, 'session');
        return;
      case 'sync': {
        const since = this.#context.state.lastZxid;
        await client.sync(path);
        await this.#read(participant, path, since, 'session');
        return;
      }
      case 'set':
        await this.#write(client, path);
        return;
      case 'delete':
        await client.delete(path);
        return;
      default:
        act satisfies never;
    }
  }

  async check(): Promise<void> {}

  async #read(
    { client, name }: Participant,
    path: string,
    since: Zxid,
    consistency: 'linearizable' | 'session',
  ): Promise<void> {
    const found = await client.get(path, { consistency }).catch((error: unknown) => {
      if (isConclaveError(error) && error.code === 'NO_NODE') return undefined;
      throw error;
    });
    const data = found === undefined ? '' : new TextDecoder().decode(found.data);
    const who = `${name} (${consistency})`;
    try {
      const { czxid = 0, mzxid = 0, version = 0 } = found?.stat ?? {};
      const node = found === undefined ? undefined : { czxid, mzxid, version };
      checkRead(who, this.#context.state, since, { path, node, data });
    } catch (error) {
      this.#context.world.fail(error);
    }
  }

  async #write(client: Client, path: string): Promise<void> {
    const value = `v${++this.#lastValue}`;
    try {
      await client.set(path, value);
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'NO_NODE') throw error;
      await client.create(path, value);
    }
  }
}
