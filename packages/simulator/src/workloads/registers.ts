import type { Client } from '@conclave/client';
import type { Random } from '@conclave/testkit';
import { checkLinearizable } from '../checkers/linearizability.ts';
import { type ZnodeInput, type ZnodeResult, znodeModel } from '../checkers/znode-model.ts';
import { History, type Outcome } from '../history.ts';
import { outcomeOf, type Participant, type Workload, type WorkloadContext } from './workload.ts';
import { askOfZnodes, type ZnodeWrite } from './znode-calls.ts';

const ROOT = '/registers';
const GROUPS = 4;
const KEYS_PER_GROUP = 2;
/** After this many operations a group is left and another begun, so that each history is short enough to be judged. */
const OPERATIONS_PER_GROUP = 120;

/**
 * Reads and plain or conditional writes of single znodes, reads after a sync, and transactions over several znodes.
 * They are linearizable within each group of znodes.
 */
export class Registers implements Workload {
  readonly name = 'registers';
  readonly #context: WorkloadContext;
  readonly #groups = new Map<string, History<ZnodeInput, ZnodeResult>>();
  readonly #generations: number[] = new Array<number>(GROUPS).fill(0);
  #lastValue = 0;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT);
  }

  async run(participant: Participant): Promise<void> {
    const { random } = participant;
    while (participant.isActive) {
      const group = this.#pickGroup(random);
      const history = this.#historyOf(group);
      const input = this.#draw(random, group);
      const outcome = await this.#perform(history, participant.name, participant.client, input);
      if (outcome.type === 'done') participant.progress();
      await participant.sleep(random.exponential(40));
    }
  }

  async check(client: Client): Promise<void> {
    const lastLooks: Promise<void>[] = [];
    for (const [group, history] of this.#groups) {
      for (let i = 0; i < KEYS_PER_GROUP; i++) {
        lastLooks.push(
          this.#perform(history, 'end', client, { op: 'get', key: keyOf(group, i) }).then(() => {}),
        );
      }
    }
    await Promise.all(lastLooks);
    for (const [group, history] of this.#groups) checkLinearizable(group, znodeModel, history.operations);
  }

  async #perform(
    history: History<ZnodeInput, ZnodeResult>,
    session: string,
    client: Client,
    input: ZnodeInput,
  ): Promise<Outcome<ZnodeResult>> {
    const operation = history.begin(session, input);
    const outcome = await outcomeOf(askOfZnodes(client, input), this.#context.tally);
    history.end(operation, outcome);
    return outcome;
  }

  #pickGroup(random: Random): string {
    const index = random.between(0, GROUPS - 1);
    const generation = this.#generations[index] ?? 0;
    const group = `${ROOT}/${index}-${generation}`;
    if (this.#historyOf(group).operations.length >= OPERATIONS_PER_GROUP)
      this.#generations[index] = generation + 1;
    return group;
  }

  #historyOf(group: string): History<ZnodeInput, ZnodeResult> {
    let history = this.#groups.get(group);
    if (history === undefined) {
      history = new History(this.#context.ticker);
      this.#groups.set(group, history);
    }
    return history;
  }

  #draw(random: Random, group: string): ZnodeInput {
    const key = (): string => keyOf(group, random.between(0, KEYS_PER_GROUP - 1));
    switch (random.weighted({ get: 4, sync: 1, set: 4, create: 2, delete: 1, multi: 2 })) {
      case 'get':
        return { op: 'get', key: key() };
      case 'sync':
        return { op: 'get', key: key(), by: 'sync' };
      case 'multi': {
        const writes: ZnodeWrite[] = [];
        for (let i = 0; i < KEYS_PER_GROUP; i++) writes.push(this.#drawWrite(random, keyOf(group, i)));
        return { op: 'multi', writes };
      }
      case 'create':
        return { op: 'create', key: key(), value: this.#newValue() };
      case 'delete':
        return { op: 'delete', key: key(), version: drawVersion(random) };
      case 'set':
        return { op: 'set', key: key(), value: this.#newValue(), version: drawVersion(random) };
    }
  }

  #drawWrite(random: Random, key: string): ZnodeWrite {
    const op = random.weighted({ set: 4, create: 1, delete: 1 });
    if (op === 'delete') return { op, key, version: -1 };
    if (op === 'create') return { op, key, value: this.#newValue() };
    return { op, key, value: this.#newValue(), version: drawVersion(random) };
  }

  #newValue(): string {
    return `v${++this.#lastValue}`;
  }
}

function keyOf(group: string, index: number): string {
  return `${group}-${'abcdefgh'[index]}`;
}

/** Draws a version: mostly any, else a low one, because znodes here do not get high versions. */
function drawVersion(random: Random): number {
  return random.chance(0.7) ? -1 : random.between(0, 5);
}
