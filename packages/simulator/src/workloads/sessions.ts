import { type Client, isConclaveError } from '@conclave/client';
import { Violation } from '../violation.ts';
import type { Participant, Workload, WorkloadContext } from './workload.ts';

const ROOT = '/sessions';
/** Sessions whose clients are gone have ended after the longest timeout and what the leader gives beyond it. */
const GONE_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 200;

/**
 * Ephemeral znodes: there for as long as their client believes in its session, gone once it is over. A client never
 * believes in a session that the ensemble has ended.
 */
export class Sessions implements Workload {
  readonly name = 'sessions';
  readonly #context: WorkloadContext;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT);
  }

  async run(participant: Participant): Promise<void> {
    const { chance, client, name } = participant;
    const { state, world } = this.#context;
    const path = `${ROOT}/${name}`;
    let isThere = false;
    const id = Number(client.session.id);
    const creation = client.create(path, name, { mode: 'ephemeral' }).then(
      () => {
        isThere = true;
        participant.progress();
      },
      (error: unknown) => {
        if (!isConclaveError(error)) throw error;
      },
    );
    while (participant.goesOn) {
      // `goesOn` asks the session for its signal, and that looks at the clock first.
      if (!state.hasSession(id)) {
        world.fail(new Violation('no belief in a session that is over', `${name} at ${world.nowMs} ms`));
      } else if (isThere && !state.nodes.has(path)) {
        world.fail(new Violation('ephemerals live as long as their session', path));
      }
      if (chance.hits(0.05)) await this.#look(participant, path);
      else await participant.sleep(chance.exponential(50));
    }
    await creation;
  }

  async #look({ client, progress }: Participant, path: string): Promise<void> {
    try {
      await client.exists(path);
      progress();
    } catch (error) {
      if (!isConclaveError(error)) throw error;
    }
  }

  async check(client: Client): Promise<void> {
    const { world } = this.#context;
    const untilMs = world.nowMs + GONE_WITHIN_MS;
    for (;;) {
      const { children } = await client.children(ROOT);
      if (children.length === 0) return;
      if (world.nowMs > untilMs) throw new Violation('ephemerals go with their session', children.join());
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}
