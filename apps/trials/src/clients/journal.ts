import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Outcome, Taking, ZnodeInput, ZnodeResult } from '@conclave/simulator';

/** A call as its workload describes it. */
export type Call =
  | { readonly work: 'registers'; readonly group: string; readonly input: ZnodeInput }
  | { readonly work: 'sequences'; readonly mark: string }
  /** Adds an item to the queue. */
  | { readonly work: 'queues'; readonly mark: string }
  /** A write under the guard of a grant. `isOver` means that it was requested after the release. */
  | { readonly work: 'fenced'; readonly lock: string; readonly token: number; readonly isOver: boolean }
  | { readonly work: 'locks' | 'ephemerals' | 'watches' | 'claims' | 'barriers'; readonly what: string };

/** The result of a call: the place of a sequential node, or the transaction of a fenced write. */
export interface CallResult extends ZnodeResult {
  readonly path?: string;
  readonly zxid?: number;
}

/** Something that a client has done or seen. Times are by `monotonicMs`. */
export type JournalEntry =
  | {
      readonly type: 'called';
      /** Unique among the calls of one client. */
      readonly id: number;
      readonly session: string;
      readonly call: Call;
      readonly at: number;
    }
  | {
      readonly type: 'ended';
      readonly id: number;
      readonly outcome: Outcome<CallResult>;
      readonly at: number;
    }
  /** From now on the session believes that it holds the lock. */
  | {
      readonly type: 'held';
      readonly session: string;
      readonly lock: string;
      readonly token: number;
      readonly at: number;
    }
  | { readonly type: 'released'; readonly lock: string; readonly token: number; readonly at: number }
  /** The session has read an item of the queue under a claim. */
  | {
      readonly type: 'taken';
      readonly session: string;
      readonly mark: string;
      readonly token: number;
      readonly at: number;
    }
  /** The session still believes in its claim. */
  | { readonly type: 'kept'; readonly token: number; readonly at: number }
  /** The outcome of the item's removal. It is `unknown` from the attempt until the answer. */
  | { readonly type: 'removal'; readonly token: number; readonly outcome: Taking['removal'] }
  /** A visit to the double barrier has reached this step. Later steps belong to the round that it `entered`. */
  | {
      readonly type: 'barrier';
      readonly session: string;
      readonly visit: number;
      readonly step: 'enters' | 'entered' | 'leaves' | 'left';
      readonly round?: number;
      readonly at: number;
    }
  /** A read that showed the transaction `since` has set a one-shot watch. */
  | {
      readonly type: 'armed';
      readonly session: string;
      readonly watch: number;
      readonly path: string;
      readonly since: number;
    }
  | { readonly type: 'fired'; readonly watch: number; readonly path: string }
  /** An answer has shown the node as this transaction left it. */
  | { readonly type: 'seen'; readonly session: string; readonly path: string; readonly mzxid: number }
  /** A violation that only the client itself can notice. */
  | { readonly type: 'complaint'; readonly property: string; readonly detail: string };

/** The time by the monotonic clock that all processes of a machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * A file that contains every entry as soon as `write` returns, even if the process is killed right after that. So a
 * call is recorded before it is made.
 */
export class Journal implements Disposable {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write(entry: JournalEntry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** Reads a journal. A last line that was not finished is ignored. */
export async function readJournal(path: string): Promise<JournalEntry[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JournalEntry);
}
