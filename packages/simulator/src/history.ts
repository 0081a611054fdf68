import type { ConclaveError } from '@conclave/client';
import { invariant } from '@conclave/protocol';

/** The outcome of an operation, as far as its caller knows. */
export type Outcome<R> =
  | { readonly type: 'done'; readonly result: R }
  /** The ensemble answered with this code, so the operation had no effect. */
  | { readonly type: 'refused'; readonly code: string }
  /** The operation may have happened, or may still happen. */
  | { readonly type: 'unknown' }
  /** The operation was given up before it was sent, so it never happens. */
  | { readonly type: 'never' };

/** Returns the outcome of a call that ended with this error of the SDK. */
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
  /** The session that made the call: one session of one program. */
  readonly session: string;
  readonly input: I;
  /** A number that grows with each beginning and each end of any operation. */
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

  /** Adds an operation. Until `end` is called, its outcome is unknown and it has not ended. */
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

  /** Ends an operation. Each operation ends at most once. */
  end(operation: Operation<I, R>, outcome: Outcome<R>): void {
    invariant(operation.outcome.type === 'unknown', 'an operation ends once');
    operation.outcome = outcome;
    // An operation that may still happen has not ended.
    if (outcome.type !== 'unknown') operation.endedAt = this.#clock.next();
  }
}

/** Numbers moments, so that two at the same virtual time have an order. */
export class Ticker {
  #last = 0;

  next(): number {
    return ++this.#last;
  }
}
