import { type Client, isConclaveError } from '@conclave/client';
import { checkSessionLifetime } from '../checkers/session-lifetime.ts';
import { Violation } from '../violation.ts';
import { judge, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const ROOT = '/sessions';
/** By then sessions without a client have ended: the longest timeout plus the time that the leader grants beyond it. */
const GONE_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 200;
/** More than the rate error of any clock in a run. */
const CLOCK_RATE_ERROR_MAX = 0.025;

/** A session that may be alive. */
interface Watched {
  readonly session: string;
  readonly timeoutMs: number;
  provedAtMs: number;
}

/**
 * Ephemeral znodes. They exist for as long as their client believes in its session, and are gone once the session is
 * over. A client never believes in a session that the ensemble has ended, and the ensemble ends no session too early.
 */
export class Sessions implements Workload {
  readonly name = 'sessions';
  readonly #context: WorkloadContext;
  readonly #watched = new Map<number, Watched>();

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT);
  }

  async run(participant: Participant): Promise<void> {
    await Promise.all([this.#believe(participant), this.#prove(participant)]);
  }

  async check(client: Client): Promise<void> {
    const { world } = this.#context;
    const untilMs = world.nowMs + GONE_WITHIN_MS;
    for (;;) {
      const { children } = await client.children(ROOT);
      this.#checkLifetimes();
      if (children.length === 0) return;
      if (world.nowMs > untilMs) throw new Violation('ephemerals go with their session', children.join());
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Compares the client's belief with the state. */
  async #believe(participant: Participant): Promise<void> {
    const { random, client, name } = participant;
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
    while (participant.isActive) {
      // `isActive` reads the session's signal, and the SDK checks the clock before it returns that.
      if (!state.hasSession(id)) {
        world.fail(
          new Violation('no client believes in a session that has ended', `${name} at ${world.nowMs} ms`),
        );
      } else if (isThere && !state.nodes.has(path)) {
        world.fail(new Violation('ephemerals live as long as their session', path));
      }
      judge(world, () => this.#checkLifetimes());
      await participant.sleep(random.exponential(50));
    }
    await creation;
  }

  /** Sends a request now and then, and notes when the latest answered one was sent. */
  async #prove(participant: Participant): Promise<void> {
    const { random, client, name } = participant;
    const { world } = this.#context;
    const { id, timeoutMs } = client.session;
    const life = { session: name, timeoutMs, provedAtMs: Number.NEGATIVE_INFINITY };
    this.#watched.set(Number(id), life);
    while (participant.isActive) {
      await participant.sleep(random.exponential(timeoutMs / 8));
      const askedAtMs = world.nowMs;
      try {
        await client.exists(ROOT);
        life.provedAtMs = Math.max(life.provedAtMs, askedAtMs);
        participant.progress();
      } catch (error) {
        if (!isConclaveError(error)) throw error;
      }
    }
  }

  #checkLifetimes(): void {
    const { state } = this.#context;
    for (const [id, life] of this.#watched) {
      const end = state.endOf(id);
      if (end === undefined) continue;
      this.#watched.delete(id);
      const expiredAtMs = end.reason === 'expired' ? end.atMs : undefined;
      checkSessionLifetime({ ...life, expiredAtMs }, CLOCK_RATE_ERROR_MAX);
    }
  }
}
