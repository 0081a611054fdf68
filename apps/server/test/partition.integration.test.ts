import { type Client, connect, isConclaveError } from '@conclave/client';
import { conclaveEnsemble, type Ensemble, type Member } from '@conclave/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Contention, createContended } from './support/contention.ts';
import { expectNothingLost } from './support/contention-judge.ts';
import { Partition } from './support/partition.ts';
import { inService, leaderOf, newLeader, othersThan, outOfService, webAddress } from './support/status.ts';

/**
 * A server is cut off from the others: its connections to them stay open but carry nothing. Its clients still reach it,
 * and must not get outdated answers.
 */
const ROUNDS = 4;
const CONTENDED_ROUNDS = 2;
const VALUE = '/partition/value';

let ensemble: Ensemble;
let partition: Partition;

beforeAll(async () => {
  ensemble = await conclaveEnsemble();
  partition = await Partition.create(ensemble);
  await ensemble.serve();
  await using client = await connect({ servers: ensemble.webServers });
  await client.create(VALUE, '0', { parents: true });
});

afterAll(async () => {
  await ensemble.stop();
  await partition[Symbol.asyncDispose]();
});

test('a leader that is cut off acknowledges no write and answers no read with outdated state', async () => {
  await using clients = new AsyncDisposableStack();
  const byServer = new Map<Member, Client>();
  for (const member of ensemble.members) {
    const client = await connect({ servers: [webAddress(member)], sessionTimeoutMs: 30_000 });
    byServer.set(member, clients.use(client));
  }
  let written = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const leader = await leaderOf(ensemble);
    const [other = leader] = othersThan(ensemble, leader);
    const inside = byServer.get(leader);
    const outside = byServer.get(other);
    if (inside === undefined || outside === undefined) throw new Error('every server has a client');
    await outside.set(VALUE, String(++written));

    partition.isolate(leader);
    const lonely = inside.create(`/partition/lonely-${round}`);
    const reads = Array.from({ length: 10 }, () => valueAt(inside));
    await newLeader(othersThan(ensemble, leader), leader);
    expect(await outside.exists(`/partition/lonely-${round}`)).toBeNull();
    await outside.set(VALUE, String(++written));
    const later = Array.from({ length: 10 }, () => valueAt(inside));
    await outOfService([leader]);

    partition.heal();
    await inService(ensemble.members);
    for (const value of await Promise.all(reads))
      expect(value ?? written).toBeGreaterThanOrEqual(written - 1);
    for (const value of await Promise.all(later)) expect(value ?? written).toBe(written);
    // Its client repeats the write, and the ensemble as a whole does it once.
    expect((await lonely).stat.version).toBe(0);
    expect((await outside.children('/partition')).children).toHaveLength(2 + round);
  }
});

test('clients that write and contend for a lock lose nothing when servers are cut off', async () => {
  await createContended(ensemble.webServers);
  await using contention = new Contention({
    servers: ensemble.webServers,
    processes: 4,
    clientsEach: 2,
    sessionTimeoutMs: 4_000,
  });
  await contention.progress(3);
  for (let round = 0; round < CONTENDED_ROUNDS; round++) {
    const leader = await leaderOf(ensemble);
    const [follower = leader] = othersThan(ensemble, leader);
    partition.isolate(leader);
    await newLeader(othersThan(ensemble, leader), leader);
    if (round % 2 === 0) await contention.progress(1);
    partition.heal();
    await inService(ensemble.members);

    partition.isolate(follower);
    await contention.progress(1);
    partition.heal();
    await inService(ensemble.members);
    await contention.progress(1);
  }
  await contention.stop();
  await expectNothingLost(ensemble, contention);
});

/** The value that a client reads. Undefined after an error, which is a correct answer. */
async function valueAt(client: Client): Promise<number | undefined> {
  try {
    return Number(new TextDecoder().decode((await client.get(VALUE)).data));
  } catch (error) {
    if (!isConclaveError(error)) throw error;
    return undefined;
  }
}
