import { conclaveEnsemble, type Ensemble, realZooKeeper, zookeeperMissing } from '@conclave/testkit';
import type { CoreTarget } from './core-stage.ts';
import { coreSuite } from './core-suite.ts';

coreSuite(
  'ZooKeeper over TCP',
  async () => started(await realZooKeeper({ settings: { tickTime: 500 } }), 'tcpServers'),
  zookeeperMissing(),
);
coreSuite('Conclave over WebSocket', async () => started(await conclaveEnsemble(), 'webServers'));
coreSuite('Conclave over TCP', async () => started(await conclaveEnsemble(), 'tcpServers'));

async function started(ensemble: Ensemble, doors: 'tcpServers' | 'webServers'): Promise<CoreTarget> {
  await ensemble.serve();
  return {
    servers: ensemble[doors],
    native: ensemble.kind === 'conclave',
    sessionTimeoutMsMin: 2_000,
    stop: () => ensemble.stop(),
  };
}
