import { type Client, isConclaveError, type Zxid } from '@conclave/client';
import { checkRead } from '../checkers/reads.ts';
import type { Participant, Workload, WorkloadContext } from './workload.ts';

const ROOT = '/reads';
const KEYS = 3;

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
    const { chance, client } = participant;
    while (participant.goesOn) {
      const path = `${ROOT}/${chance.between(0, KEYS - 1)}`;
      try {
        switch (chance.weighted({ linearizable: 3, session: 4, sync: 1, set: 3, delete: 1 })) {
          case 'linearizable':
            await this.#read(participant, path, this.#context.state.lastZxid, 'linearizable');
            break;
          case 'session':
            await this.#read(participant, path, client.session.lastZxid, 'session');
            break;
          case 'sync': {
            const since = this.#context.state.lastZxid;
            await client.sync(path);
            await this.#read(participant, path, since, 'session');
            break;
          }
          case 'set':
            await this.#write(client, path);
            break;
          case 'delete':
            await client.delete(path);
            break;
        }
        participant.progress();
      } catch (error) {
        if (!isConclaveError(error)) throw error;
      }
      await participant.sleep(chance.exponential(chance.pick([10, 60, 1_500])));
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
      checkRead(who, this.#context.state, since, { path, node: found?.stat, data });
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
