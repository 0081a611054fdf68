import { conclaveEnsemble, type Ensemble, type Member } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kazooMissing, titled } from './peers.ts';
import { startPython } from './programs.ts';

const missing = kazooMissing();

const RECIPES = [
  'Lock',
  'ReadLock',
  'WriteLock',
  'Semaphore',
  'Election',
  'Barrier',
  'DoubleBarrier',
  'Party',
  'ShallowParty',
  'Counter',
  'Queue',
  'LockingQueue',
  'Lease',
  'ChildrenWatch',
  'DataWatch',
  'Cache',
];

/** Each recipe has two clients. The first one loses its server in the middle. */
describe.skipIf(missing !== undefined)(titled("kazoo's recipes", missing), () => {
  let ensemble: Ensemble;

  beforeAll(async () => {
    ensemble = await conclaveEnsemble();
    await ensemble.serve();
  });

  afterAll(() => ensemble?.stop());

  describe.each(['a follower', 'the leader'] as const)('outlive the death of %s', (victim) => {
    let output: string;

    beforeAll(async () => {
      const leader = await ensemble.leader();
      const [follower, other] = ensemble.members.filter((member) => member !== leader);
      if (follower === undefined || other === undefined) throw new Error('there must be three servers');
      const [struck, spared] = victim === 'the leader' ? [leader, follower] : [follower, leader];
      const args = [hosts(struck, other, spared), hosts(other, spared, struck)];
      await using script = startPython('kazoo_recipes.py', ...args);
      await script.sees(/^middle$/m);
      await struck.kill();
      script.write('struck');
      output = await script.finish();
      struck.start();
      await ensemble.ready();
    }, 150_000);

    it.each(RECIPES)('%s', (recipe) => {
      expect(output).toMatch(new RegExp(`^ok ${recipe}$`, 'm'));
    });
  });
});

function hosts(...members: readonly Member[]): string {
  return members.map(({ tcpPort }) => `127.0.0.1:${tcpPort}`).join(',');
}
