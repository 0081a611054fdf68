import type { ConclaveError } from '@conclave/client';

/** What became of an operation, as far as its caller knows. */
export type Outcome<R> =
  | { readonly type: 'done'; readonly result: R }
  /** The ensemble has answered with this code: it had no effect. */
  | { readonly type: 'refused'; readonly code: string }
  /** It may have happened, or may yet happen. */
  | { readonly type: 'unknown' }
  /** It was given up before it was sent: it never happens. */
  | { readonly type: 'never' };

/** What the SDK's error says of the call that it ended. */
export function outcomeOfError({ code }: ConclaveError): Outcome<never> {
  switch (code) {
    case 'OUTCOME_UNKNOWN':
      return { type: 'unknown' };
    case 'SESSION_EXPIRED':
    case 'CLOSED':
    case 'QUEUE_FULL':
      return { type: 'never' };
    default:
      return { type: 'refused', code };
  }
}

/** One call of a client. */
export interface Operation<I = unknown, R = unknown> {
  /** Whose call it is: one session of one program. */
  readonly session: string;
  readonly input: I;
  /** Grows from one beginning or end of any operation to the next. */
  readonly begunAt: number;
  endedAt: number;
  outcome: Outcome<R>;
}

/** The calls of all clients, in the order in which they were begun. */
export class History<I, R> {
  readonly operations: Operation<I, R>[] = [];
  readonly #clock: Ticker;

  constructor(clock: Ticker) {
    this.#clock = clock;
  }

  /** Until `end` is called its outcome is unknown, and it has not ended. */
  begin(session: string, input: I): Operation<I, R> {
    const operation: Operation<I, R> = {
      session,
      input,
      begunAt: this.#clock.next(),
      endedAt: Number.POSITIVE_INFINITY,
      outcome: { type: 'unknown' },
    };
    this.operations.push(operation);
    return operation;
  }

  end(operation: Operation<I, R>, outcome: Outcome<R>): void {
    operation.outcome = outcome;
    // What may yet happen has not ended.
    if (outcome.type !== 'unknown') operation.endedAt = this.#clock.next();
  }
}

/** Tells moments apart that have the same virtual time. */
export class Ticker {
  #last = 0;

  next(): number {
    return ++this.#last;
  }
}
