import { conclaveEnsemble } from '@conclave/testkit';
import { recipesSuite } from './recipes-suite.ts';

recipesSuite('Conclave over WebSocket', async () => {
  const ensemble = await conclaveEnsemble();
  await ensemble.serve();
  return { servers: ensemble.webServers, stop: () => ensemble.stop() };
});
