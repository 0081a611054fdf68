import type { Client } from '@conclave/client';
import { checkExactlyOnce, type Effect } from '../checkers/exactly-once.ts';
import { checkSequenceNumbers, checkSequenceOrder } from '../checkers/sequence-numbers.ts';
import { History } from '../history.ts';
import { Violation } from '../violation.ts';
import { outcomeOf, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const ROOT = '/sequences';
const BURST_MAX = 6;

/**
 * Sequential znodes, many at a time. Each is created once, none is lost, and their order is that of the client's
 * requests.
 */
export class Sequences implements Workload {
  readonly name = 'sequences';
  readonly #context: WorkloadContext;
  readonly #history: History<string, string>;
  #lastMark = 0;

  constructor(context: WorkloadContext) {
    this.#context = context;
    this.#history = new History(context.ticker);
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT);
  }

  async run(participant: Participant): Promise<void> {
    const { random, client } = participant;
    while (participant.isActive) {
      const burst = Array.from({ length: random.between(1, BURST_MAX) }, () =>
        this.#create(participant, client),
      );
      await Promise.all(burst);
      await participant.sleep(random.exponential(150));
    }
  }

  async check(client: Client): Promise<void> {
    const { children, stat } = await client.children(ROOT);
    const effects = await Promise.all(
      children.map(async (name): Promise<Effect> => {
        const place = `${ROOT}/${name}`;
        const { data } = await client.get(place, { consistency: 'session' });
        return { mark: new TextDecoder().decode(data), place };
      }),
    );
    checkExactlyOnce(ROOT, this.#history.operations, effects);
    checkSequenceNumbers(effects.map(({ place }) => place));
    checkChanges(effects.length, stat.cversion);
    checkSequenceOrder(this.#history.operations);
  }

  async #create(participant: Participant, client: Client): Promise<void> {
    const mark = `m${++this.#lastMark}`;
    const operation = this.#history.begin(participant.name, mark);
    const creation = client.create(`${ROOT}/n-`, mark, { mode: 'persistentSequential' });
    const outcome = await outcomeOf(
      creation.then(({ path }) => path),
      this.#context.tally,
    );
    this.#history.end(operation, outcome);
    if (outcome.type === 'done') participant.progress();
  }
}

/** Checks that there are as many changes as children, because no child was ever deleted. */
function checkChanges(children: number, changes: number): void {
  if (changes === children) return;
  throw new Violation(
    'sequential numbers',
    `${ROOT} counts ${changes} changes, but has ${children} children`,
  );
}
