import { type Consistency, isConclaveError, type Zxid } from '@conclave/client';
import { type FoundNode, type SessionAnswer, SessionOrder } from '../checkers/session-order.ts';
import { InOrder } from './in-order.ts';
import { judge, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const ROOT = '/reads';
const KEYS = 3;

type Act = 'linearizable' | 'session' | 'sync' | 'set' | 'delete';

/** A participant and the answers to it, in the order of its requests. */
interface Reader {
  readonly participant: Participant;
  readonly answers: InOrder<SessionAnswer>;
  /** How often the session has reconnected. */
  reconnections: number;
}

/**
 * Linearizable reads and reads with the consistency of the session, beside writes. The first see everything that was
 * committed before they were sent. The second see everything that the session has seen or done. Together they never go
 * back.
 */
export class Reads implements Workload {
  readonly name = 'reads';
  readonly #context: WorkloadContext;
  #lastValue = 0;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(client: Participant['client']): Promise<void> {
    await client.create(ROOT);
  }

  async run(participant: Participant): Promise<void> {
    const { state, world } = this.#context;
    const order = new SessionOrder(participant.name, state);
    const answers = new InOrder<SessionAnswer>((answer) => judge(world, () => order.handleAnswer(answer)));
    const reader: Reader = { participant, answers, reconnections: 0 };
    participant.client.onReconnected(() => {
      reader.reconnections++;
    });
    const loops = [
      this.#loop(reader, 40, { linearizable: 4, session: 4, sync: 1, set: 0, delete: 0 }),
      // A client that rarely asks finds out what a server believes after a long silence.
      this.#loop(reader, 1_000, { linearizable: 2, session: 1, sync: 1, set: 0, delete: 0 }),
    ];
    // A session's reads wait for its writes, so some sessions must never write.
    if (participant.random.chance(0.6)) {
      loops.push(this.#loop(reader, 80, { linearizable: 0, session: 1, sync: 0, set: 6, delete: 1 }));
    }
    await Promise.all(loops);
  }

  async check(): Promise<void> {}

  async #loop(reader: Reader, pauseMs: number, weights: Record<Act, number>): Promise<void> {
    const { participant } = reader;
    const { random } = participant;
    while (participant.isActive) {
      await participant.sleep(random.exponential(pauseMs));
      if (!participant.isActive) return;
      try {
        await this.#act(reader, random.weighted(weights));
        participant.progress();
      } catch (error) {
        if (!isConclaveError(error)) throw error;
      }
    }
  }

  async #act(reader: Reader, act: Act): Promise<void> {
    const { random, client } = reader.participant;
    const path = `${ROOT}/${random.between(0, KEYS - 1)}`;
    switch (act) {
      case 'linearizable':
        await this.#read(reader, path, this.#context.state.lastZxid, 'linearizable');
        return;
      case 'session':
        await this.#read(reader, path, client.session.lastZxid, 'session');
        return;
      case 'sync': {
        const since = this.#context.state.lastZxid;
        await client.sync(path);
        await this.#read(reader, path, since, 'session');
        return;
      }
      case 'set':
        await this.#write(reader, path);
        return;
      case 'delete':
        await client.delete(path);
        return;
      default:
        act satisfies never;
    }
  }

  async #read(reader: Reader, path: string, since: Zxid, consistency: Consistency): Promise<void> {
    const { participant, answers, reconnections } = reader;
    const answer = answers.ask();
    const report = (node: FoundNode | undefined, data: string): void => {
      answer({ type: 'read', path, node, data, since, isRepeated: reader.reconnections !== reconnections });
    };
    try {
      const { stat, data } = await participant.client.get(path, { consistency });
      const { czxid, mzxid, version } = stat;
      report({ czxid, mzxid, version }, new TextDecoder().decode(data));
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'NO_NODE') {
        answer(undefined);
        throw error;
      }
      report(undefined, '');
    }
  }

  async #write({ participant, answers }: Reader, path: string): Promise<void> {
    const { client } = participant;
    const value = `v${++this.#lastValue}`;
    const write = async (call: Promise<Zxid>): Promise<void> => {
      const answer = answers.ask();
      const zxid = await call.catch((error: unknown) => {
        answer(undefined);
        throw error;
      });
      answer({ type: 'write', zxid });
    };
    try {
      await write(client.set(path, value).then(({ mzxid }) => mzxid));
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'NO_NODE') throw error;
      await write(client.create(path, value).then(({ stat }) => stat.czxid));
    }
  }
}
