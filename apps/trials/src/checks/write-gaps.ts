import type { CompletedCall } from './calls.ts';

/** The longest times without an acknowledged write, in milliseconds. */
export interface WriteGaps {
  /** The longest time in which no client had a write acknowledged. */
  readonly everybody: number;
  /** The longest time in which any one client had none. Only clients that lived all the time count. */
  readonly oneClient: number;
}

export interface GapBounds {
  readonly from: number;
  readonly until: number;
  /** Clients that were killed before the end. */
  readonly killed: readonly string[];
}

/** Measures the gaps within the bounds. A gap that exceeds the bounds counts only within them. */
export function writeGaps(calls: readonly CompletedCall[], { from, until, killed }: GapBounds): WriteGaps {
  const acknowledged = calls.filter(({ writes, outcome }) => writes && outcome.type === 'done');
  const gapsOfClients = [...Map.groupBy(acknowledged, ({ client }) => client)]
    .filter(([client, own]) => !killed.includes(client) && own.some(({ endedAt }) => endedAt <= from))
    .map(([, own]) => longestGap(own, from, until));
  return { everybody: longestGap(acknowledged, from, until), oneClient: Math.max(0, ...gapsOfClients) };
}

function longestGap(acknowledged: readonly CompletedCall[], from: number, until: number): number {
  const moments = acknowledged
    .map(({ endedAt }) => endedAt)
    .filter((at) => at > from && at < until)
    .sort((a, b) => a - b);
  let last = from;
  let longest = 0;
  for (const at of [...moments, until]) {
    longest = Math.max(longest, at - last);
    last = at;
  }
  return longest;
}
