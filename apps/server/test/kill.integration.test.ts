import { connect } from '@conclave/client';
import { conclaveEnsemble, type Ensemble, type Member } from '@conclave/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Contention, type HeldInterval, PATHS } from './support/contention.ts';
import { atOneZxid, inService, leaderOf, othersThan, webAddress } from './support/status.ts';

/**
 * Eight clients in four processes write and contend for one lock while servers, and processes that hold the lock,
 * are killed with SIGKILL. Judged from outside: by what was acknowledged to whom, and by what is there afterwards.
 */
const LEADERS_KILLED = 10;
const SESSION_TIMEOUT_MS = 4_000;
/** What the ensemble adds to a session's timeout, and what two cores under load may take to hand the lock on. */
const HAND_ON_MARGIN_MS = 5_000;

let ensemble: Ensemble;

beforeAll(async () => {
  ensemble = await conclaveEnsemble();
  ensemble.start();
  await ensemble.ready();
  await using setUp = await connect({ servers: ensemble.webServers });
  for (const path of [PATHS.writes, PATHS.uses]) await setUp.create(path, null, { parents: true });
});

afterAll(() => ensemble.stop());

test('what was acknowledged survives every kill, and the lock has one holder at a time', async () => {
  await using contention = new Contention({
    servers: ensemble.webServers,
    processes: 4,
    clientsEach: 2,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  });
  await contention.progress(3);

  for (let round = 1; round <= LEADERS_KILLED; round++) {
    const leader = await leaderOf(ensemble);
    await leader.kill();
    await contention.progress(2);
    leader.start();
    if (round % 5 === 0) {
      expect(await contention.killHolder()).toBeLessThan(SESSION_TIMEOUT_MS + HAND_ON_MARGIN_MS);
      contention.startProcess();
    }
    await inService(ensemble.members);
  }

  for (const follower of othersThan(ensemble, await leaderOf(ensemble))) {
    await follower.kill();
    await contention.progress(2);
    follower.start();
    await inService(ensemble.members);
  }
  await restartAtOnce(othersThan(ensemble, await leaderOf(ensemble)));
  await contention.progress(2);
  await restartAtOnce(ensemble.members);
  await contention.progress(2);
  await contention.stop();

  await inService(ensemble.members);
  for (const member of ensemble.members) expectAllWrites(contention, await childrenOn(member, PATHS.writes));
  const [uses = []] = await Promise.all(ensemble.members.map((member) => childrenOn(member, PATHS.uses)));
  expectTokensToGrow(uses);
  expectNoOverlap(contention.intervals);
  expect(new Set((await atOneZxid(ensemble)).map(({ digest }) => digest)).size).toBe(1);
});

async function restartAtOnce(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map((member) => member.kill()));
  for (const member of members) member.start();
  await inService(ensemble.members);
}

/** What this very server has. */
async function childrenOn(member: Member, path: string): Promise<readonly string[]> {
  await using client = await connect({ servers: [webAddress(member)] });
  return (await client.children(path)).children;
}

/** Nothing acknowledged is missing, nothing is there that nobody asked for, nothing is there twice. */
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

/** The nodes that holders created under their guard, in the order in which the ensemble created them. */
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
