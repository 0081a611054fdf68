import { type Client, type ConclaveErrorCode, isConclaveError } from '@conclave/client';
import { checkQueue, type Taking } from '../checkers/queue.ts';
import { History } from '../history.ts';
import { Violation } from '../violation.ts';
import { outcomeOf, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const ITEMS = '/queue/items';
const CLAIMS = '/queue/claims';
/** Clients put no more items in while there are this many. */
const BACKLOG_MAX = 10;

/**
 * A queue as ZooKeeper's clients build it (kazoo's LockingQueue). Sequential znodes are the items, an ephemeral znode
 * is a claim, and one transaction removes both. No item is lost, removed twice, or taken by two clients at the same
 * time.
 */
export class Queues implements Workload {
  readonly name = 'queues';
  readonly #context: WorkloadContext;
  readonly #puts: History<string, string>;
  readonly #takings: Taking[] = [];
  #lastMark = 0;

  constructor(context: WorkloadContext) {
    this.#context = context;
    this.#puts = new History(context.ticker);
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ITEMS, null, { parents: true });
    await client.create(CLAIMS);
  }

  async run(participant: Participant): Promise<void> {
    const { random, client } = participant;
    while (participant.isActive) {
      try {
        const { children } = await client.children(ITEMS, { consistency: 'session' });
        if (children.length < BACKLOG_MAX && random.chance(0.6)) await this.#put(participant);
        else await this.#take(participant, [...children].sort());
        participant.progress();
      } catch (error) {
        if (!isConclaveError(error)) throw error;
      }
      await participant.sleep(random.exponential(80));
    }
  }

  async check(client: Client): Promise<void> {
    const { children } = await client.children(ITEMS);
    const left = await Promise.all(children.map((name) => markOf(client, name)));
    checkQueue(ITEMS, this.#puts.operations, this.#takings, left);
  }

  async #put({ client, name }: Participant): Promise<void> {
    const mark = `q${++this.#lastMark}`;
    const operation = this.#puts.begin(name, mark);
    const creation = client.create(`${ITEMS}/i-`, mark, { mode: 'persistentSequential' });
    const outcome = await outcomeOf(
      creation.then(({ path }) => path),
      this.#context.tally,
    );
    this.#puts.end(operation, outcome);
  }

  /** Takes the first item without a claim. */
  async #take(participant: Participant, names: readonly string[]): Promise<void> {
    const { client } = participant;
    for (const name of names) {
      const claim = `${CLAIMS}/${name}`;
      const claimed = await unless(
        'NODE_EXISTS',
        client.create(claim, participant.name, { mode: 'ephemeral' }),
      );
      if (claimed === undefined) continue;
      const mark = await unless('NO_NODE', markOf(client, name));
      if (mark !== undefined) {
        await this.#work(participant, name, mark, claimed.stat.czxid);
        return;
      }
      // The item was removed between the listing and the claim.
      await client.delete(claim);
    }
  }

  async #work(participant: Participant, name: string, mark: string, token: number): Promise<void> {
    const { random, client } = participant;
    const { tally, ticker, world } = this.#context;
    // The client may have been paused before it read the answers, and lost the claim meanwhile.
    if (client.session.signal.aborted) return;
    const from = ticker.next();
    const taking: { -readonly [K in keyof Taking]: Taking[K] } = {
      what: mark,
      holder: participant.name,
      token,
      from,
      until: from,
      removal: 'none',
    };
    this.#takings.push(taking);
    for (let step = random.between(0, 3); step > 0; step--) {
      await participant.sleep(random.exponential(random.pick([5, 100])));
      if (client.session.signal.aborted) return;
      taking.until = ticker.next();
    }
    const claim = `${CLAIMS}/${name}`;
    if (random.chance(0.15)) {
      await client.delete(claim);
      return;
    }
    taking.removal = 'unknown';
    const removing = client.multi([
      { type: 'delete', path: `${ITEMS}/${name}` },
      { type: 'delete', path: claim },
    ]);
    const outcome = await outcomeOf(removing, tally);
    if (outcome.type !== 'unknown') taking.removal = outcome.type === 'done' ? 'done' : 'none';
    if (outcome.type !== 'refused') return;
    world.fail(new Violation('a claim keeps its item', `${participant.name} ${mark}: ${outcome.code}`));
  }
}

async function markOf(client: Client, name: string): Promise<string> {
  const { data } = await client.get(`${ITEMS}/${name}`);
  return new TextDecoder().decode(data);
}

/** Returns the result of the call, or undefined if it is refused with this code. */
async function unless<T>(code: ConclaveErrorCode, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isConclaveError(error) && error.code === code) return undefined;
    throw error;
  }
}
