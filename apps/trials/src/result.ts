import type { CompletedCall } from './checks/calls.ts';
import type { Complaint } from './checks/judge.ts';
import { writeGaps } from './checks/write-gaps.ts';
import type { Use } from './clients/resource.ts';
import type { Fault, Scene } from './faults/fault.ts';

/** The time during which a fault struck, from its first strike to the last recovery. */
export interface StrikeTime {
  readonly fault: Fault;
  readonly from: number;
  readonly until: number;
  readonly scene: Scene;
}

/** The outcomes of the calls that were made meanwhile. */
export interface CallCounts {
  /** Calls that the ensemble answered: they were done, or refused because of the state. */
  readonly acknowledged: number;
  /** Calls that failed because of the fault and are known to have had no effect. */
  readonly failed: number;
  readonly unknown: number;
  /** How often each error code occurred among the failed calls. */
  readonly codes: Readonly<Record<string, number>>;
}

export type FaultResult =
  | { readonly status: 'skipped'; readonly fault: string; readonly servers: number; readonly reason: string }
  | {
      readonly status: 'passed' | 'failed';
      readonly fault: string;
      readonly servers: number;
      readonly rounds: number;
      readonly seconds: number;
      /** Milliseconds; see `WriteGaps`. */
      readonly longestGapMs: number;
      readonly longestGapOfOneClientMs: number;
      readonly calls: CallCounts;
      /** The number of violations found among acknowledged writes, lock holders and effects. */
      readonly lost: number;
      readonly overlaps: number;
      readonly duplicates: number;
      /** Uses of a resource by former holders. The resource refused all of them because of their tokens. */
      readonly lateUses: number;
      readonly notes: readonly string[];
      readonly complaints: readonly Complaint[];
    };

export interface ResultEvidence {
  readonly servers: number;
  readonly time: StrikeTime;
  /** All calls of the whole trial. */
  readonly calls: readonly CompletedCall[];
  /** Uses of the resource by former holders. */
  readonly late: readonly Use[];
  /** Clients that were killed before the end. */
  readonly killed: readonly string[];
  /** The violations of the whole trial. The faults that struck one ensemble are judged together. */
  readonly complaints: readonly Complaint[];
}

/** Error codes that describe the state: the call was carried out, and this was its result. */
const ANSWERS = ['NO_NODE', 'NODE_EXISTS', 'BAD_VERSION', 'GRANT_OVER', 'BARRIER_CLOSED', 'TIMEOUT'];
const LOST = ['nothing acknowledged is lost', 'integrity'];
const OVERLAPS = ['one holder at a time', 'a gate admits no former holder'];
const DUPLICATES = ['exactly once', 'an item is removed once', 'sequential numbers'];

export function resultOf({ servers, time, calls, late, killed, complaints }: ResultEvidence): FaultResult {
  const { fault, from, until, scene } = time;
  const gaps = writeGaps(calls, { from, until, killed });
  const counted = (properties: readonly string[]): number =>
    complaints.filter(({ property }) => properties.includes(property)).length;
  return {
    status: complaints.length === 0 ? 'passed' : 'failed',
    fault: fault.name,
    servers,
    rounds: scene.round,
    seconds: Math.round((until - from) / 100) / 10,
    longestGapMs: Math.round(gaps.everybody),
    longestGapOfOneClientMs: Math.round(gaps.oneClient),
    calls: countCalls(calls.filter(({ begunAt }) => begunAt >= from && begunAt < until)),
    lost: counted(LOST),
    overlaps: counted(OVERLAPS),
    duplicates: counted(DUPLICATES),
    lateUses: late.filter(({ at }) => at >= from && at < until).length,
    notes: [...scene.notes],
    complaints,
  };
}

function countCalls(calls: readonly CompletedCall[]): CallCounts {
  const counts = { acknowledged: 0, failed: 0, unknown: 0, codes: {} as Record<string, number> };
  const fail = (code: string): void => {
    counts.failed++;
    counts.codes[code] = (counts.codes[code] ?? 0) + 1;
  };
  for (const { outcome } of calls) {
    switch (outcome.type) {
      case 'done':
        counts.acknowledged++;
        break;
      case 'refused':
        if (ANSWERS.includes(outcome.code)) counts.acknowledged++;
        else fail(outcome.code);
        break;
      case 'never':
        fail('SESSION_OVER');
        break;
      case 'unknown':
        counts.unknown++;
        break;
      default:
        outcome satisfies never;
    }
  }
  return counts;
}
