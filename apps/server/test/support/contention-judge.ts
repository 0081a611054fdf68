import { connect } from '@conclave/client';
import type { Ensemble, Member } from '@conclave/testkit';
import { expect } from 'vitest';
import { type Contention, type HeldInterval, PATHS } from './contention.ts';
import { atOneZxid, webAddress } from './status.ts';

/**
 * Judges a contention that is over by the acknowledgements that each client got, and by the state of every single
 * server: no write is lost or done twice, the lock had one holder at a time, and all servers are equal.
 */
export async function expectNothingLost(ensemble: Ensemble, contention: Contention): Promise<void> {
  for (const member of ensemble.members) expectAllWrites(contention, await childrenOn(member, PATHS.writes));
  for (const member of ensemble.members) expectTokensToGrow(await childrenOn(member, PATHS.uses));
  expectNoOverlap(contention.intervals);
  expect(new Set((await atOneZxid(ensemble)).map(({ digest }) => digest)).size).toBe(1);
}

/** The children that this very server has. */
async function childrenOn(member: Member, path: string): Promise<readonly string[]> {
  await using client = await connect({ servers: [webAddress(member)] });
  return (await client.children(path)).children;
}

/** Expects that no acknowledged write is missing, and that no node exists that no client asked for, or exists twice. */
function expectAllWrites(contention: Contention, children: readonly string[]): void {
  const there = new Set(children.map((child) => `${PATHS.writes}/${child}`));
  expect([...contention.written.values()].filter((path) => !there.has(path))).toEqual([]);
  const asked = children.map((child) => child.slice(0, child.lastIndexOf('-')));
  const unknown = (node: string): boolean => contention.unwritten.get(node) === 'OUTCOME_UNKNOWN';
  expect(asked.filter((node) => !contention.written.has(node) && !unknown(node))).toEqual([]);
  expect(new Set(asked).size).toBe(asked.length);
  const numbers = children.map((child) => Number(child.slice(-10))).sort((a, b) => a - b);
  expect(numbers).toEqual(numbers.map((_, i) => i));
}

/** Expects growing tokens in the nodes that holders created under their guard, in the order of creation. */
function expectTokensToGrow(uses: readonly string[]): void {
  const inOrder = uses.toSorted((a, b) => Number(a.slice(-10)) - Number(b.slice(-10)));
  const tokens = inOrder.map((use) => Number(use.slice(0, -11)));
  expect(tokens.length).toBeGreaterThan(0);
  expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
}

function expectNoOverlap(intervals: readonly HeldInterval[]): void {
  const inOrder = intervals.toSorted((a, b) => a.from - b.from);
  for (const [i, interval] of inOrder.entries()) {
    const before = inOrder[i - 1];
    if (before === undefined) continue;
    expect(before.until, `${before.client} held it when ${interval.client} got it`).toBeLessThan(
      interval.from,
    );
    expect(interval.token).toBeGreaterThan(before.token);
  }
}
