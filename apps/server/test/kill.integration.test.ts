import { conclaveEnsemble, type Ensemble, type Member } from '@conclave/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Contention, createContended } from './support/contention.ts';
import { expectNothingLost } from './support/contention-judge.ts';
import { inService, leaderOf, othersThan } from './support/status.ts';

/**
 * Eight clients in four processes write and contend for one lock while servers, and processes that hold the lock, are
 * killed with SIGKILL. The test judges from outside: by the acknowledgements that each client got, and by the nodes
 * that exist afterwards.
 */
const LEADERS_KILLED = 10;
const SESSION_TIMEOUT_MS = 4_000;
/** The slack that the ensemble adds to a session's timeout, and the time to grant the lock again on two busy cores. */
const HAND_ON_MARGIN_MS = 5_000;

let ensemble: Ensemble;

beforeAll(async () => {
  ensemble = await conclaveEnsemble();
  await ensemble.serve();
  await createContended(ensemble.webServers);
});

afterAll(() => ensemble.stop());

test('acknowledged writes survive every kill, and the lock has one holder at a time', async () => {
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
  await expectNothingLost(ensemble, contention);
});

async function restartAtOnce(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map((member) => member.kill()));
  for (const member of members) member.start();
  await inService(ensemble.members);
}
