import { type Client, isConclaveError } from '@conclave/client';
import { type BarrierParty, doubleBarrier } from '@conclave/recipes';
import { Violation } from '../violation.ts';
import type { Participant, Workload, WorkloadContext } from './workload.ts';

const PATH = '/barriers/phase';

/** Double barriers, round after round: nobody is inside before all have come, everybody gets out. */
export class Barriers implements Workload {
  readonly name = 'barriers';
  readonly #context: WorkloadContext;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(): Promise<void> {}

  async run(participant: Participant): Promise<void> {
    const { chance, client } = participant;
    const parties = Math.min(2, this.#context.clients);
    while (participant.goesOn) {
      try {
        const waitMs = chance.pick([500, 5_000]);
        const party = await doubleBarrier(client, PATH, { parties }).enter({ waitMs });
        this.#mustBeOpen(participant, party);
        await participant.sleep(chance.exponential(50));
        await party.leave({ waitMs });
        this.#mustBeOver(participant, party);
        participant.progress();
      } catch (error) {
        if (!isConclaveError(error)) throw error;
        // Nobody else has come: that is an end, too.
        if (error.code === 'TIMEOUT') participant.progress();
      }
      await participant.sleep(chance.exponential(200));
    }
  }

  async check(_client: Client): Promise<void> {}

  #mustBeOpen({ name }: Participant, { round }: BarrierParty): void {
    const { state, world } = this.#context;
    const opening = state.pastOf(`${PATH}/ready`).find((moment) => moment.zxid === round);
    if (opening?.node !== undefined) return;
    world.fail(new Violation('nobody enters early', `${name} is in round ${round}, which never was opened`));
  }

  #mustBeOver({ name }: Participant, { round }: BarrierParty): void {
    const { state, world } = this.#context;
    const ready = state.nodes.get(`${PATH}/ready`);
    if (ready?.czxid !== round) return;
    world.fail(new Violation('all leave together', `${name} has left round ${round}, which is not over`));
  }
}
