import { type Client, formatZxid, isConclaveError, type WatchEvent, type Zxid } from '@conclave/client';
import { Violation } from '../violation.ts';
import type { Participant, Workload, WorkloadContext } from './workload.ts';

const ROOT = '/watches';
const KEYS = 3;
/** A change to a followed node is told within this time of calm. */
const TOLD_WITHIN_MS = 10_000;

type Kind = 'data' | 'exist' | 'child';

interface Armed {
  readonly kind: Kind;
  readonly path: string;
  /** What the answer that armed it has shown: the next change after this one fires it. */
  readonly since: Zxid;
  fired: number;
  /** It was set again at another server. */
  rearmed: boolean;
}

/**
 * One-shot watches fire once, for the first change, before anything can be read that is as new; nodes that are followed
 * are told of every change that lasts.
 */
export class Watches implements Workload {
  readonly name = 'watches';
  readonly #context: WorkloadContext;
  #lastValue = 0;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT);
  }

  async run(participant: Participant): Promise<void> {
    const { chance } = participant;
    const armed = new Set<Armed>();
    const following = this.#follow(participant);
    participant.client.onReconnected(() => {
      for (const watch of armed) watch.rearmed = true;
    });
    while (participant.goesOn) {
      const path = `${ROOT}/${chance.between(0, KEYS - 1)}`;
      try {
        switch (chance.weighted({ arm: 4, change: 3, look: 1 })) {
          case 'arm':
            await this.#arm(participant, path, armed);
            break;
          case 'change':
            await this.#change(participant, path);
            break;
          case 'look':
            await participant.client.sync();
            break;
        }
        participant.progress();
      } catch (error) {
        if (!isConclaveError(error)) throw error;
      }
      this.#judge(participant, armed);
      await participant.sleep(chance.exponential(60));
    }
    await following;
  }

  async check(): Promise<void> {}

  async #arm(participant: Participant, path: string, armed: Set<Armed>): Promise<void> {
    const { chance, client } = participant;
    const { world } = this.#context;
    const early: WatchEvent[] = [];
    let watch: Armed | undefined;
    const onEvent = (event: WatchEvent): void => {
      if (watch === undefined) early.push(event);
      else this.#fired(participant, watch, event);
    };
    const consistency = chance.hits(0.5) ? 'session' : 'linearizable';
    const kind = chance.weighted({ data: 3, child: 2 });
    if (kind === 'child') {
      const { stat } = await client.children(ROOT, { watch: onEvent, consistency });
      watch = { kind, path: ROOT, since: stat.pzxid as Zxid, fired: 0, rearmed: false };
    } else {
      const stat = await client.exists(path, { watch: onEvent, consistency });
      // A node that is not there does not tell since when; the session has seen nothing later than this.
      const since = stat === null ? client.session.lastZxid : (stat.mzxid as Zxid);
      watch = { kind: stat === null ? 'exist' : 'data', path, since, fired: 0, rearmed: false };
    }
    if (early.length > 1)
      world.fail(new Violation('a one-shot watch fires once', `${participant.name} ${path}`));
    armed.add(watch);
    participant.tell(`has a ${watch.kind} watch on ${watch.path} since ${formatZxid(watch.since)}`);
    for (const event of early) this.#fired(participant, watch, event);
  }

  #fired({ name, tell }: Participant, watch: Armed, event: WatchEvent): void {
    const { world } = this.#context;
    watch.fired++;
    tell(`hears ${event.type} ${event.path} at ${event.zxid === undefined ? '-' : formatZxid(event.zxid)}`);
    const told = `${name}: ${watch.kind} watch on ${watch.path} since ${watch.since}, ${JSON.stringify(event)}`;
    if (watch.fired > 1) world.fail(new Violation('a one-shot watch fires once', told));
    if (event.path !== watch.path) world.fail(new Violation('a watch tells its own path', told));
    if (watch.kind !== 'exist' && this.#firstChange(watch) === undefined) {
      world.fail(new Violation('a watch fires for a change', told));
    }
  }

  /** Whatever the session has seen, the watches that it would fire have fired. */
  #judge({ client, name }: Participant, armed: Set<Armed>): void {
    if (client.session.signal.aborted) return;
    const seen = client.session.lastZxid;
    for (const watch of armed) {
      if (watch.fired > 0) {
        armed.delete(watch);
        continue;
      }
      const change = this.#firstChange(watch);
      if (change === undefined || change > seen || this.#mayBeMissed(watch, seen)) continue;
      const detail = `${name}: ${watch.kind} watch on ${watch.path} since ${watch.since}: changed at ${change}, the session has seen ${seen}`;
      this.#context.world.fail(new Violation('a watch fires before the change can be read', detail));
    }
  }

  /** The change that fires the watch. */
  #firstChange({ kind, path, since }: Armed): Zxid | undefined {
    const { state } = this.#context;
    const own = state
      .pastOf(path)
      .find(({ zxid, node }) => zxid > since && (kind !== 'child' || node === undefined));
    if (kind !== 'child') return own?.zxid;
    return state.childChangesOf(path).find((zxid) => zxid > since) ?? own?.zxid;
  }

  /**
   * A node that came and went while the session was without a server has left no trace that a watch for its creation could
   * be held against. ZooKeeper's rule; `Client.watch` is no better here, since nothing lasting has happened.
   */
  #mayBeMissed({ kind, path, since, rearmed }: Armed, seen: Zxid): boolean {
    if (kind !== 'exist' || !rearmed) return false;
    return this.#context.state
      .pastOf(path)
      .some(({ zxid, node }) => node === undefined && zxid > since && zxid <= seen);
  }

  async #change({ chance, client }: Participant, path: string): Promise<void> {
    const value = `v${++this.#lastValue}`;
    try {
      if (chance.hits(0.3)) await client.delete(path);
      else await client.set(path, value);
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'NO_NODE') throw error;
      await client.create(path, value);
    }
  }

  /** Follows a node until the participant stops, and then until its last change was told. */
  async #follow(participant: Participant): Promise<void> {
    const { client, chance, name } = participant;
    const { state, world } = this.#context;
    const path = `${ROOT}/${chance.between(0, KEYS - 1)}`;
    let told: number | undefined;
    let last = 0;
    const watch = client.watch(path);
    const reading = (async () => {
      for await (const event of watch) {
        const at = 'stat' in event ? event.stat.mzxid : undefined;
        if (event.zxid < last) {
          world.fail(
            new Violation('changes are told in order', `${name}: ${JSON.stringify(event)} after ${last}`),
          );
        }
        last = event.zxid;
        told = at;
        participant.tell(`hears of ${event.type} ${path} at ${formatZxid(event.zxid)}`);
      }
    })().catch((error: unknown) => {
      if (!isConclaveError(error)) throw error;
    });
    // What the watch found when it was armed it does not tell: a read behind it does.
    const stat = await client.exists(path, { consistency: 'session' }).catch((error: unknown) => {
      if (isConclaveError(error)) return null;
      throw error;
    });
    if (last === 0) told = stat?.mzxid;
    while (participant.goesOn) await participant.sleep(100);
    const untilMs = world.nowMs + TOLD_WITHIN_MS;
    while (!client.session.signal.aborted && state.nodes.get(path)?.mzxid !== told) {
      if (world.nowMs > untilMs) {
        const detail = `${name}: ${path} is at ${state.nodes.get(path)?.mzxid}, told was ${told}`;
        world.fail(new Violation('a followed node misses nothing', detail));
        break;
      }
      await participant.sleep(100);
    }
    await watch.return();
    await reading;
  }
}
