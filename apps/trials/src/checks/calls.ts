import type { Operation, ZnodeInput, ZnodeResult } from '@conclave/simulator';
import type { Call, CallResult, JournalEntry } from '../clients/journal.ts';

/** One call of a client with its outcome. */
export interface CompletedCall extends Operation<Call, CallResult> {
  readonly client: string;
  /** Whether it is a write of the stream in which gaps are measured. */
  readonly writes: boolean;
}

/** Everything that one client has recorded. */
export interface ClientJournal {
  readonly client: string;
  /** When it was killed, if it was. From then on it believed that it held nothing. */
  readonly killedAt: number | undefined;
  readonly entries: readonly JournalEntry[];
}

/** All calls in the order in which the client made them. Calls that never ended have an unknown outcome. */
export function callsOf({ client, entries }: ClientJournal): CompletedCall[] {
  const calls = new Map<number, CompletedCall>();
  for (const entry of entries) {
    if (entry.type === 'called') {
      const { id, session, call, at } = entry;
      calls.set(id, {
        client,
        session,
        input: call,
        writes: isWrite(call),
        begunAt: at,
        endedAt: Number.POSITIVE_INFINITY,
        outcome: { type: 'unknown' },
      });
    } else if (entry.type === 'ended') {
      const call = calls.get(entry.id);
      if (call === undefined) continue;
      call.outcome = entry.outcome;
      if (entry.outcome.type !== 'unknown') call.endedAt = entry.at;
    }
  }
  return [...calls.values()];
}

/** The histories of the registers, one for each group of znodes. */
export function registerHistories(
  calls: readonly CompletedCall[],
): Map<string, Operation<ZnodeInput, ZnodeResult>[]> {
  const histories = new Map<string, Operation<ZnodeInput, ZnodeResult>[]>();
  for (const { input, ...operation } of calls) {
    if (input.work !== 'registers') continue;
    const history = histories.get(input.group) ?? [];
    histories.set(input.group, history);
    history.push({ ...operation, input: input.input });
  }
  return histories;
}

/** The creations of sequential nodes with their marks: the plain ones, or the items of the queue. */
export function creationHistory(
  calls: readonly CompletedCall[],
  work: 'sequences' | 'queues',
): Operation<string, string>[] {
  return calls.flatMap(({ input, outcome, ...operation }) => {
    if (input.work !== work) return [];
    return {
      ...operation,
      input: input.mark,
      outcome: outcome.type === 'done' ? { type: 'done', result: outcome.result.path ?? '' } : outcome,
    };
  });
}

function isWrite(call: Call): boolean {
  return call.work === 'sequences' || (call.work === 'registers' && call.input.op !== 'get');
}
