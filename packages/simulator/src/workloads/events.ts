import { type Client, isConclaveError, type TreeEvent, type Zxid } from '@conclave/client';
import { checkEvents } from '../checkers/events.ts';
import { checkGaps, type ReportedGap } from '../checkers/gaps.ts';
import { judge, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const ROOT = '/events';
const KEYS = 2;

/** A persistent watch while its session lives. */
interface Following {
  readonly path: string;
  readonly recursive: boolean;
  readonly events: TreeEvent[];
  readonly gaps: ReportedGap[];
  /** The watch was set by this zxid; undefined while it may not be set yet. */
  since: Zxid | undefined;
}

/**
 * Persistent watches on nodes and on whole trees that other clients change. Every change is reported once and in order,
 * even when connections and servers fail. Otherwise the watch reports a gap, but only where there may be one.
 */
export class Events implements Workload {
  readonly name = 'events';
  readonly #context: WorkloadContext;
  #lastValue = 0;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT);
    for (let key = 0; key < KEYS; key++) await client.create(`${ROOT}/${key}`);
  }

  async run(participant: Participant): Promise<void> {
    const { random, client } = participant;
    const followings = [this.#follow(participant, random.pick([ROOT, `${ROOT}/0`]), true)];
    if (random.chance(0.5)) followings.push(this.#follow(participant, `${ROOT}/1`, false));
    while (participant.isActive) {
      try {
        if (random.chance(0.6)) await this.#change(participant);
        else await client.sync();
        participant.progress();
      } catch (error) {
        if (!isConclaveError(error)) throw error;
      }
      await this.#judge(participant, followings);
      await participant.sleep(random.exponential(100));
    }
    await client.sync().catch((error: unknown) => {
      if (!isConclaveError(error)) throw error;
    });
    await this.#judge(participant, followings);
  }

  async check(): Promise<void> {}

  #follow(participant: Participant, path: string, recursive: boolean): Following {
    const { client, name, note } = participant;
    const { world } = this.#context;
    const following: Following = { path, recursive, events: [], gaps: [], since: undefined };
    let reconnections = 0;
    let seen = client.session.lastZxid;
    client.onReconnected(() => {
      reconnections++;
      // This runs before any answer. The subscriber receives the gap only after answers that arrived together with it.
      seen = client.session.lastZxid;
    });
    client.watch(path, { recursive }).subscribe(
      (event) => {
        note(`receives ${event.type} ${event.path} at ${event.zxid}`);
        following.events.push(event);
        if (event.type === 'gap')
          following.gaps.push({ session: name, path, zxid: event.zxid, seen, reconnections });
      },
      (error) => {
        if (!isConclaveError(error)) world.fail(error);
      },
    );
    // This request is sent after the watch, so its answer comes after the watch was set.
    client.exists(path, { consistency: 'session' }).then(
      () => {
        following.since = client.session.lastZxid;
      },
      (error: unknown) => {
        if (!isConclaveError(error)) world.fail(error);
      },
    );
    return following;
  }

  async #judge({ client, name, sleep }: Participant, followings: readonly Following[]): Promise<void> {
    const { keptChanges, state, world } = this.#context;
    const seen = client.session.lastZxid;
    // Lets the subscriber receive the events that have arrived by now.
    await sleep(1);
    if (client.session.signal.aborted) return;
    for (const following of followings) {
      const { since, events, gaps } = following;
      judge(world, () => checkGaps(gaps, keptChanges));
      // The last of the judged gaps is kept, because the next one must come with a later connection.
      gaps.splice(0, gaps.length - 1);
      if (since === undefined) continue;
      judge(world, () => checkEvents({ ...following, session: name, since }, state.changes, seen));
      // Judged events are not judged again. The last one is kept, because a repeated event would come after a newer one.
      following.since = Math.max(since, seen) as Zxid;
      const newer = events.findIndex(({ zxid = 0 }) => zxid > seen);
      events.splice(0, Math.max(0, (newer < 0 ? events.length : newer) - 1));
    }
  }

  async #change({ random, client }: Participant): Promise<void> {
    const parent = `${ROOT}/${random.between(0, KEYS - 1)}`;
    const path = random.chance(0.3) ? parent : `${parent}/${random.pick(['x', 'y'])}`;
    const value = `e${++this.#lastValue}`;
    try {
      if (path !== parent && random.chance(0.3)) await client.delete(path);
      else await client.set(path, value);
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'NO_NODE') throw error;
      await client.create(path, value);
    }
  }
}
