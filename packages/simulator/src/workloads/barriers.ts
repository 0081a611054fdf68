import { type Client, isConclaveError } from '@conclave/client';
import { type BarrierParty, doubleBarrier } from '@conclave/recipes';
import { type BarrierVisit, checkBarrier } from '../checkers/barrier.ts';
import { Violation } from '../violation.ts';
import type { Participant, Workload, WorkloadContext } from './workload.ts';

const PATH = '/barriers/phase';
const EMPTY_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 200;

/** A double barrier, round after round. No client is inside before all have arrived, and every client gets out. */
export class Barriers implements Workload {
  readonly name = 'barriers';
  readonly #context: WorkloadContext;
  readonly #parties: number;
  readonly #visits: BarrierVisit[] = [];

  constructor(context: WorkloadContext) {
    this.#context = context;
    this.#parties = context.clients >= 4 ? context.random.fork('barriers').between(2, 3) : 2;
  }

  async prepare(): Promise<void> {}

  async run(participant: Participant): Promise<void> {
    const { random } = participant;
    while (participant.isActive) {
      try {
        await this.#visit(participant, random.pick([500, 5_000]));
        participant.progress();
      } catch (error) {
        if (!isConclaveError(error)) throw error;
        // No other client has arrived in time. That is an outcome, too.
        if (error.code === 'TIMEOUT') participant.progress();
      }
      await participant.sleep(random.exponential(200));
    }
  }

  async check(client: Client): Promise<void> {
    const { world } = this.#context;
    checkBarrier(PATH, this.#parties, this.#visits);
    const untilMs = world.nowMs + EMPTY_WITHIN_MS;
    for (;;) {
      const inside = await childrenOf(client, PATH);
      if (inside.length === 0) return;
      if (world.nowMs > untilMs) throw new Violation('every client leaves', `${PATH} has ${inside.join()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async #visit(participant: Participant, waitMs: number): Promise<void> {
    const { random, client, name } = participant;
    const { ticker } = this.#context;
    const visit: BarrierVisit = { participant: name, enterBegunAt: ticker.next() };
    this.#visits.push(visit);
    const party = await doubleBarrier(client, PATH, { parties: this.#parties }).enter({ waitMs });
    visit.round = party.round;
    visit.enteredAt = ticker.next();
    this.#mustBeOpen(participant, party);
    await participant.sleep(random.exponential(50));
    if (!party.signal.aborted) visit.leaveBegunAt = ticker.next();
    await party.leave({ waitMs });
    visit.leftAt = ticker.next();
    this.#mustBeOver(participant, party);
  }

  #mustBeOpen({ name }: Participant, { round }: BarrierParty): void {
    const { state, world } = this.#context;
    const opening = state.pastOf(`${PATH}/ready`).find((moment) => moment.zxid === round);
    if (opening?.node !== undefined) return;
    world.fail(
      new Violation('no client enters early', `${name} is in round ${round}, which was never opened`),
    );
  }

  #mustBeOver({ name }: Participant, { round }: BarrierParty): void {
    const { state, world } = this.#context;
    const ready = state.nodes.get(`${PATH}/ready`);
    if (ready?.czxid !== round) return;
    world.fail(new Violation('all leave together', `${name} has left round ${round}, which is not over`));
  }
}

async function childrenOf(client: Client, path: string): Promise<readonly string[]> {
  try {
    return (await client.children(path)).children;
  } catch (error) {
    if (isConclaveError(error) && error.code === 'NO_NODE') return [];
    throw error;
  }
}
