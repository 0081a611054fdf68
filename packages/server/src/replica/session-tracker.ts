import { InvariantError } from '@conclave/protocol';

/** The width of a deadline's bucket. Expiry is at most this late. */
const BUCKET_MS = 50;

interface Tracked {
  readonly timeoutMs: number;
  bucket: number;
}

/**
 * The leader's watch over the liveness of all sessions, by its own monotonic clock (ZooKeeper, ATC 2010, §2.3 gives the
 * leader this duty). A session expires when no sign of life has come for its timeout and the slack, and never earlier.
 * Time in which this process itself did not run does not count.
 */
export class SessionTracker {
  readonly #slackMs: number;
  readonly #sessions = new Map<number, Tracked>();
  readonly #buckets = new Map<number, Set<number>>();
  #swept: number;
  #lastSweepMs: number;

  /** `slackMs` covers the time from a server's answer to a heartbeat until the leader learns of the heartbeat. */
  constructor(slackMs: number, nowMs: number) {
    this.#slackMs = slackMs;
    this.#swept = Math.floor(nowMs / BUCKET_MS);
    this.#lastSweepMs = nowMs;
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** The times at which sessions expire if no further sign of life comes, soonest first, with the sessions. */
  *deadlines(): Generator<{ readonly atMs: number; readonly ids: ReadonlySet<number> }> {
    for (const bucket of [...this.#buckets.keys()].sort((a, b) => a - b)) {
      const ids = this.#buckets.get(bucket);
      if (ids !== undefined && ids.size > 0) yield { atMs: bucket * BUCKET_MS, ids };
    }
  }

  /** Gives the session a full timeout from now; a session that is new to the tracker is added. */
  track(id: number, timeoutMs: number, nowMs: number): void {
    const tracked = this.#sessions.get(id);
    const bucket = this.#bucketFor(timeoutMs, nowMs);
    if (tracked === undefined) {
      this.#sessions.set(id, { timeoutMs, bucket });
    } else {
      if (tracked.bucket === bucket) return;
      this.#takeOut(tracked.bucket, id);
      tracked.bucket = bucket;
    }
    this.#put(bucket, id);
  }

  /**
   * Handles a sign of life. Returns false if the session is not tracked, because it is gone or about to be closed. It
   * stays so.
   */
  touch(id: number, nowMs: number): boolean {
    const tracked = this.#sessions.get(id);
    if (tracked === undefined) return false;
    this.track(id, tracked.timeoutMs, nowMs);
    return true;
  }

  forget(id: number): void {
    const tracked = this.#sessions.get(id);
    if (tracked === undefined) return;
    this.#sessions.delete(id);
    this.#takeOut(tracked.bucket, id);
  }

  /** Returns the expired sessions, which are not tracked any more. To be called about every `intervalMs`. */
  sweep(nowMs: number, intervalMs: number): number[] {
    const pausedMs = nowMs - this.#lastSweepMs - intervalMs;
    this.#lastSweepMs = nowMs;
    if (pausedMs > 2 * intervalMs) this.#postpone(pausedMs, nowMs);
    const expired: number[] = [];
    const until = Math.floor(nowMs / BUCKET_MS);
    while (this.#swept < until) {
      this.#swept++;
      const ids = this.#buckets.get(this.#swept);
      if (ids === undefined) continue;
      this.#buckets.delete(this.#swept);
      for (const id of ids) {
        this.#sessions.delete(id);
        expired.push(id);
      }
    }
    return expired;
  }

  /**
   * Moves all deadlines on, but no session gets more than a full timeout from now. A sign of life may have come between
   * waking up and this.
   */
  #postpone(byMs: number, nowMs: number): void {
    const shift = Math.ceil(byMs / BUCKET_MS);
    this.#buckets.clear();
    for (const [id, tracked] of this.#sessions) {
      tracked.bucket = Math.min(tracked.bucket + shift, this.#bucketFor(tracked.timeoutMs, nowMs));
      this.#put(tracked.bucket, id);
    }
  }

  #bucketFor(timeoutMs: number, nowMs: number): number {
    return Math.ceil((nowMs + timeoutMs + this.#slackMs) / BUCKET_MS) + 1;
  }

  /** Each session is in exactly one bucket: in none it would never expire, in two it would expire early. */
  #takeOut(bucket: number, id: number): void {
    if (this.#buckets.get(bucket)?.delete(id) !== true) {
      throw new InvariantError(`session ${id} is not where its deadline is`);
    }
  }

  #put(bucket: number, id: number): void {
    const ids = this.#buckets.get(bucket);
    if (ids === undefined) this.#buckets.set(bucket, new Set([id]));
    else ids.add(id);
  }
}
