import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Outcome, Taking, ZnodeInput, ZnodeResult } from '@conclave/simulator';

/** What was asked for, in the words of the workload that judges it. */
export type Call =
  | { readonly work: 'registers'; readonly group: string; readonly input: ZnodeInput }
  | { readonly work: 'sequences'; readonly mark: string }
  /** An item is put in. */
  | { readonly work: 'queues'; readonly mark: string }
  /** A write under the guard of a grant; `isOver`: asked for after that was given back. */
  | { readonly work: 'fenced'; readonly lock: string; readonly token: number; readonly isOver: boolean }
  | { readonly work: 'locks' | 'ephemerals' | 'watches' | 'claims' | 'barriers'; readonly what: string };

/** Of a sequential create, where it is; of a fenced write, its transaction. */
export interface CallResult extends ZnodeResult {
  readonly path?: string;
  readonly zxid?: number;
}

/** What a client has done and seen. Times are `monotonicMs`. */
export type JournalEntry =
  | {
      readonly type: 'called';
      /** Different for all calls of one client. */
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
  /** From here on the session believes that it holds the lock. */
  | {
      readonly type: 'held';
      readonly session: string;
      readonly lock: string;
      readonly token: number;
      readonly at: number;
    }
  | { readonly type: 'released'; readonly lock: string; readonly token: number; readonly at: number }
  /** An item of the queue was read under a claim. */
  | {
      readonly type: 'taken';
      readonly session: string;
      readonly mark: string;
      readonly token: number;
      readonly at: number;
    }
  /** The claim is still believed in. */
  | { readonly type: 'kept'; readonly token: number; readonly at: number }
  /** What is known of the item's removal; `unknown` from the attempt on. */
  | { readonly type: 'removal'; readonly token: number; readonly outcome: Taking['removal'] }
  /** A visit to the double barrier has come so far. The later steps of a visit are of the round that it `entered`. */
  | {
      readonly type: 'barrier';
      readonly session: string;
      readonly visit: number;
      readonly step: 'enters' | 'entered' | 'leaves' | 'left';
      readonly round?: number;
      readonly at: number;
    }
  /** A one-shot watch was set by a read that showed `since`. */
  | {
      readonly type: 'armed';
      readonly session: string;
      readonly watch: number;
      readonly path: string;
      readonly since: number;
    }
  | { readonly type: 'fired'; readonly watch: number; readonly path: string }
  /** An answer has shown the node as of this transaction. */
  | { readonly type: 'seen'; readonly session: string; readonly path: string; readonly mzxid: number }
  /** Something that only the client itself could notice. */
  | { readonly type: 'complaint'; readonly property: string; readonly detail: string };

/** On the one clock that all processes of a machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * A file that has every entry as soon as `write` returns, also when its process is killed in the next moment: a call is
 * written down before it is made.
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

/** Without a last line that was not finished. */
export async function readJournal(path: string): Promise<JournalEntry[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JournalEntry);
}
