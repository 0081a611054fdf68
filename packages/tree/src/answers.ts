import type { Response, StatFields } from '@conclave/protocol';

/** The answer to a request. */
export interface Answer {
  readonly error: number;
  readonly response: Response<StatFields> | undefined;
}

/**
 * The answers to one session's writes that the client has not confirmed yet, by request number. A request that is sent
 * again, because its reply was lost, gets its first answer and has no second effect.
 *
 * They are bounded: beyond `ANSWERS_MAX` answers or `ANSWER_BYTES_MAX` bytes the oldest are dropped. If a request is
 * repeated after its answer was dropped, it is refused rather than done twice.
 */
export class Answers {
  /** The highest number applied. No number up to it is ever applied again. */
  lastXid = 0;
  confirmed = 0;
  /** Numbers in ascending order, and the answers beside them, from `#first` on. */
  #xids: number[] = [];
  #answers: Answer[] = [];
  #first = 0;
  #bytes = 0;

  get size(): number {
    return this.#xids.length - this.#first;
  }

  /** Returns `undefined` if the answer is no longer kept. */
  find(xid: number): Answer | undefined {
    let low = this.#first;
    let high = this.#xids.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.#xids[middle] ?? 0;
      if (found === xid) return this.#answers[middle];
      if (found < xid) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** `xid` is above `lastXid`. */
  remember(xid: number, answer: Answer): void {
    this.lastXid = xid;
    this.#xids.push(xid);
    this.#answers.push(answer);
    this.#bytes += weightOf(answer);
    // The newest is kept whatever its size, because it is the most likely to be asked for.
    while (this.size > 1 && (this.size > ANSWERS_MAX || this.#bytes > ANSWER_BYTES_MAX)) this.#dropOldest();
    this.#compact();
  }

  /** The client has every answer up to `xid`. */
  confirm(xid: number): void {
    if (xid <= this.confirmed) return;
    this.confirmed = xid;
    while (this.size > 0 && (this.#xids[this.#first] ?? 0) <= xid) this.#dropOldest();
    this.#compact();
  }

  *entries(): Generator<[xid: number, answer: Answer]> {
    for (let i = this.#first; i < this.#xids.length; i++) {
      const answer = this.#answers[i];
      if (answer !== undefined) yield [this.#xids[i] ?? 0, answer];
    }
  }

  #dropOldest(): void {
    const oldest = this.#answers[this.#first];
    if (oldest !== undefined) this.#bytes -= weightOf(oldest);
    this.#answers[this.#first] = FORGOTTEN;
    this.#first++;
  }

  #compact(): void {
    if (this.#first < COMPACT_FROM || this.#first * 2 < this.#xids.length) return;
    this.#xids = this.#xids.slice(this.#first);
    this.#answers = this.#answers.slice(this.#first);
    this.#first = 0;
  }
}

export const ANSWERS_MAX = 4096;
export const ANSWER_BYTES_MAX = 1024 * 1024;

const COMPACT_FROM = 32;
const FORGOTTEN: Answer = { error: 0, response: undefined };

/** Returns about how many bytes an answer takes. It is a stable function, because all servers must drop the same ones. */
function weightOf({ response }: Answer): number {
  if (response === undefined) return 32;
  let weight = 128;
  if ('path' in response) weight += response.path.length;
  if ('node' in response) weight += response.node.length;
  if ('results' in response) {
    for (const result of response.results) weight += 128 + ('path' in result ? result.path.length : 0);
  }
  return weight;
}
