import { type Client, isConclaveError } from '@conclave/client';
import {
  election,
  type FencingGate,
  fencingGate,
  type HeldLock,
  type Leadership,
  mutex,
} from '@conclave/recipes';
import { Violation } from '../violation.ts';
import type { Participant, Workload, WorkloadContext } from './workload.ts';

const ROOT = '/locks';
const LOCKS = 2;
/** A request to the guarded resource may be on its way for this long. */
const RESOURCE_DELAY_MS_MAX = 3_000;
const FREE_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 200;

/** Something outside that only the holder of a lock may write to. */
interface Resource {
  readonly gate: FencingGate;
  /** What it let pass, by token. */
  admitted: number;
  /** The highest token that it has heard of, with or without the gate. */
  highest: number;
  /** Requests that came from a former holder after one from a later holder. */
  overlaps: number;
}

/**
 * Locks and elections: whoever believes to hold one does; nobody else is granted it before that belief is over; a
 * resource that heeds the fencing tokens never hears a former holder after a later one, and one that does not heed them
 * does now and then.
 */
export class Locks implements Workload {
  readonly name = 'locks';
  readonly #context: WorkloadContext;
  readonly #resources: Resource[] = Array.from({ length: LOCKS }, () => ({
    gate: fencingGate(),
    admitted: 0,
    highest: 0,
    overlaps: 0,
  }));
  #lastValue = 0;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  /** How often a resource without a gate would have been written to by two holders at a time. */
  get overlapsWithoutGate(): number {
    return this.#resources.reduce((sum, { overlaps }) => sum + overlaps, 0);
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT);
    for (let lock = 0; lock < LOCKS; lock++) await client.create(dataPath(lock), '');
  }

  async run(participant: Participant): Promise<void> {
    const { chance, client } = participant;
    while (participant.goesOn) {
      const lock = chance.between(0, LOCKS - 1);
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
      await participant.sleep(chance.exponential(100));
    }
    await this.#mustHaveLeft(client);
  }

  async check(client: Client): Promise<void> {
    const { world } = this.#context;
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

  #acquire({ chance, client }: Participant, lock: number): Promise<HeldLock | Leadership | null> {
    const path = lockPath(lock);
    const waitMs = chance.pick([20, 300, 2_000, 8_000]);
    switch (chance.weighted({ wait: 5, try: 1, campaign: 2 })) {
      case 'wait':
        return mutex(client, path, { layout: chance.hits(0.5) ? 'curator' : 'kazoo' }).acquire({ waitMs });
      case 'try':
        return mutex(client, path).tryAcquire({ waitMs });
      case 'campaign':
        return election(client, path).campaign({ waitMs });
    }
  }

  async #hold(participant: Participant, lock: number, held: HeldLock | Leadership): Promise<void> {
    const { chance, client } = participant;
    const token = Number(held.fencingToken);
    for (let step = chance.between(0, 4); step >= 0; step--) {
      if (held.signal.aborted) break;
      this.#mustHold(participant, lock, token);
      this.#use(chance.next(), lock, token);
      if (chance.hits(0.5)) {
        await client.set(dataPath(lock), `${token} ${++this.#lastValue}`, { guard: held.guard });
      }
      await participant.sleep(chance.exponential(chance.pick([2, 30, 300])));
    }
    await ('release' in held ? held.release() : held.resign());
    // A late write of a former holder: refused, or else the model of the state says so.
    if (chance.hits(0.2)) await client.set(dataPath(lock), `${token} late`, { guard: held.guard });
  }

  /** The holder believes that it holds the lock: so it must be. */
  #mustHold({ name }: Participant, lock: number, token: number): void {
    const { state, world } = this.#context;
    const path = lockPath(lock);
    const head = state.headOf(path);
    if (head?.node.czxid === token) return;
    const detail = `${name} believes to hold ${path} with ${token}, which ${head?.node.czxid ?? 'nobody'} holds`;
    world.fail(new Violation('one holder at a time', detail));
  }

  /** A request to the resource, which may be long on its way. */
  #use(chance: number, lock: number, token: number): void {
    const { world } = this.#context;
    const resource = this.#resources[lock];
    if (resource === undefined) return;
    world.after(chance ** 8 * RESOURCE_DELAY_MS_MAX, () => {
      if (token < resource.highest) resource.overlaps++;
      resource.highest = Math.max(resource.highest, token);
      try {
        resource.gate.admit(token);
      } catch (error) {
        if (!isConclaveError(error)) throw error;
        return;
      }
      if (token < resource.admitted) {
        world.fail(new Violation('a gate admits no former holder', `${token} after ${resource.admitted}`));
      }
      resource.admitted = token;
    });
  }

  /** Who has given up waiting, or has released, stands in no line any more. What it held and forgot it still holds. */
  async #mustHaveLeft(client: Client): Promise<void> {
    try {
      await client.sync();
    } catch (error) {
      if (isConclaveError(error)) return;
      throw error;
    }
  }
}

function lockPath(lock: number): string {
  return `${ROOT}/${lock}`;
}

function dataPath(lock: number): string {
  return `${ROOT}/data-${lock}`;
}
