import { type Client, formatZxid, isConclaveError, type WatchEvent, type Zxid } from '@conclave/client';
import {
  type ArmedWatch,
  checkOrderOfEvents,
  checkWatch,
  type FiredEvent,
  type WatchKind,
} from '../checkers/watches.ts';
import { Violation } from '../violation.ts';
import { judge, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const ROOT = '/watches';
const KEYS = 3;
/** Without faults, a change to a watched node is reported within this time. */
const REPORTED_WITHIN_MS = 10_000;

/** A watch while it may still fire. */
interface Armed extends ArmedWatch {
  readonly events: FiredEvent[];
  isRearmed: boolean;
}

/**
 * One-shot watches, which fire once, for the first change, and before anything as new can be read; and watches that
 * follow a node, which report every change that lasts.
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
    const { random } = participant;
    const armed = new Set<Armed>();
    const zxids: Zxid[] = [];
    const following = this.#follow(participant);
    participant.client.onReconnected(() => {
      for (const watch of armed) watch.isRearmed = true;
      // Missed changes are reported watch by watch, and not in the order of their transactions.
      zxids.length = 0;
    });
    while (participant.isActive) {
      const path = `${ROOT}/${random.between(0, KEYS - 1)}`;
      try {
        switch (random.weighted({ arm: 4, change: 3, look: 1 })) {
          case 'arm':
            await this.#arm(participant, path, armed, zxids);
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
      this.#judgeAll(participant, armed);
      judge(this.#context.world, () => checkOrderOfEvents(participant.name, zxids));
      if (zxids.length > 1) zxids.splice(0, zxids.length - 1);
      await participant.sleep(random.exponential(60));
    }
    await following;
  }

  async check(): Promise<void> {}

  async #arm(participant: Participant, path: string, armed: Set<Armed>, zxids: Zxid[]): Promise<void> {
    const { random, client, name, note } = participant;
    const events: FiredEvent[] = [];
    let watch: Armed | undefined;
    const onEvent = ({ type, path, zxid }: WatchEvent): void => {
      note(`receives ${type} ${path} at ${zxid === undefined ? '-' : formatZxid(zxid)}`);
      events.push({ type, path, zxid, seen: client.session.lastZxid });
      if (zxid !== undefined && watch?.isRearmed !== true) zxids.push(zxid);
      // A watch that fires twice is found even if it was judged before.
      if (watch !== undefined) this.#judge(watch, client);
    };
    const consistency = random.chance(0.5) ? 'session' : 'linearizable';
    const arm = (kind: WatchKind, path: string, since: Zxid): Armed => {
      note(`has set a ${kind} watch on ${path} since ${formatZxid(since)}`);
      return { session: name, kind, path, since, events, isRearmed: false };
    };
    if (random.weighted({ data: 3, child: 2 }) === 'child') {
      const { stat } = await client.children(ROOT, { watch: onEvent, consistency });
      watch = arm('child', ROOT, stat.pzxid);
    } else {
      const stat = await client.exists(path, { watch: onEvent, consistency });
      // A missing node has no zxid. The session has not seen anything newer than this one.
      watch = stat === null ? arm('exist', path, client.session.lastZxid) : arm('data', path, stat.mzxid);
    }
    armed.add(watch);
  }

  /** Checks that all watches have fired for the changes that the session has seen. */
  #judgeAll({ client }: Participant, armed: Set<Armed>): void {
    if (client.session.signal.aborted) return;
    for (const watch of armed) {
      this.#judge(watch, client);
      if (watch.events.length > 0) armed.delete(watch);
    }
  }

  #judge(watch: Armed, client: Client): void {
    const { state, world } = this.#context;
    judge(world, () => checkWatch(watch, state, client.session.lastZxid));
  }

  async #change({ random, client }: Participant, path: string): Promise<void> {
    const value = `v${++this.#lastValue}`;
    try {
      if (random.chance(0.3)) await client.delete(path);
      else await client.set(path, value);
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'NO_NODE') throw error;
      await client.create(path, value);
    }
  }

  /** Follows a node until the participant stops, and then until the node's last change is reported. */
  async #follow(participant: Participant): Promise<void> {
    const { client, random, name } = participant;
    const { state, world } = this.#context;
    const path = `${ROOT}/${random.between(0, KEYS - 1)}`;
    let reported: number | undefined;
    const zxids: Zxid[] = [];
    const watch = client.watch(path);
    const reading = (async () => {
      for await (const event of watch) {
        const at = 'stat' in event ? event.stat.mzxid : undefined;
        zxids.push(event.zxid);
        reported = at;
        participant.note(`receives ${event.type} ${path} at ${formatZxid(event.zxid)}`);
      }
    })().catch((error: unknown) => {
      if (!isConclaveError(error)) throw error;
    });
    // The watch does not report the state that it was set with. A read that is sent after it returns that state.
    const stat = await client.exists(path, { consistency: 'session' }).catch((error: unknown) => {
      if (isConclaveError(error)) return null;
      throw error;
    });
    if (zxids.length === 0) reported = stat?.mzxid;
    while (participant.isActive) await participant.sleep(100);
    const untilMs = world.nowMs + REPORTED_WITHIN_MS;
    while (!client.session.signal.aborted && state.nodes.get(path)?.mzxid !== reported) {
      if (world.nowMs > untilMs) {
        const detail = `${name}: ${path} is at ${state.nodes.get(path)?.mzxid}, but ${reported} was reported last`;
        world.fail(new Violation('a followed node misses nothing', detail));
        break;
      }
      await participant.sleep(100);
    }
    await watch.return();
    await reading;
    judge(world, () => checkOrderOfEvents(name, zxids));
  }
}
