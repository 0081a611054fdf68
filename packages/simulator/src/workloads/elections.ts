import { type Client, isConclaveError } from '@conclave/client';
import { election, type LeadershipTerm } from '@conclave/recipes';
import { Violation } from '../violation.ts';
import { GuardedResource } from './guarded-resource.ts';
import { Holdings } from './holdings.ts';
import { judge, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const PATH = '/elections/scheduler';
/** An observer may receive nothing for this many tenths of a second. */
const LOOKS_WITHOUT_NEWS = 80;

/**
 * One office, held for a while by each elected leader and observed by other clients. There is one leader at a time,
 * by the leaders' own belief and by the requests to a resource that knows only tokens. Observers receive only real
 * leaders, in their order.
 */
export class Elections implements Workload {
  readonly name = 'elections';
  readonly #context: WorkloadContext;
  readonly #holdings: Holdings;
  readonly #resource: GuardedResource;

  constructor(context: WorkloadContext) {
    this.#context = context;
    this.#holdings = new Holdings(context.state, context.ticker);
    this.#resource = new GuardedResource(context.world, PATH);
  }

  async prepare(): Promise<void> {}

  async run(participant: Participant): Promise<void> {
    const tasks = participant.random.weighted({ candidate: 3, observer: 1, both: 1 });
    await Promise.all([
      tasks === 'observer' ? undefined : this.#stand(participant),
      tasks === 'candidate' ? undefined : this.#observe(participant),
    ]);
  }

  async check(client: Client): Promise<void> {
    this.#holdings.check();
    this.#resource.check();
    this.#context.tally.lateUses += this.#resource.lateUses;
    // The checking client is a candidate itself. The candidates before it resign, or their sessions expire.
    const leadership = await election(client, PATH).campaign();
    await leadership.resign();
  }

  async #stand(participant: Participant): Promise<void> {
    const { random, client, name } = participant;
    while (participant.isActive) {
      try {
        const candidacy = election(client, PATH, { candidate: name });
        await candidacy.lead((term) => this.#lead(participant, term), { waitMs: random.pick([300, 3_000]) });
        participant.progress();
      } catch (error) {
        if (!isConclaveError(error)) throw error;
        if (error.code === 'TIMEOUT') participant.progress();
      }
      await participant.sleep(random.exponential(200));
    }
  }

  async #lead(participant: Participant, { fencingToken, signal }: LeadershipTerm): Promise<void> {
    const { random, name } = participant;
    const token = Number(fencingToken);
    const believe = this.#holdings.begin(PATH, name, token);
    for (let step = random.between(0, 6); step >= 0 && participant.isActive; step--) {
      if (signal.aborted) return;
      judge(this.#context.world, believe);
      if (random.chance(0.3)) await participant.sleep(random.exponential(50));
      this.#resource.use(name, token, random.next());
      await participant.sleep(random.exponential(100));
    }
  }

  /** Checks that every leader that an observer receives has been one, and that no leader comes back. */
  async #observe(participant: Participant): Promise<void> {
    const { client, name } = participant;
    const { state, world } = this.#context;
    const stop = new AbortController();
    let last = 0;
    const observing = (async () => {
      for await (const leader of election(client, PATH).observe({ signal: stop.signal })) {
        if (leader === null) continue;
        const token = Number(leader.fencingToken);
        participant.note(`receives ${token} as the leader of ${PATH}`);
        if (token < last || !state.grantsOf(PATH).some((grant) => grant === token)) {
          world.fail(new Violation('leaders are reported in their order', `${name}: ${token} after ${last}`));
        }
        last = token;
        participant.progress();
      }
    })().catch((error: unknown) => {
      if (!isConclaveError(error) && error !== stop.signal.reason) throw error;
    });
    for (let looks = 1; participant.isActive; looks++) {
      await participant.sleep(100);
      // Without candidates there is nothing to receive, even over a good connection.
      if (looks % LOOKS_WITHOUT_NEWS === 0 && client.state === 'connected') participant.progress();
    }
    stop.abort();
    await observing;
  }
}
