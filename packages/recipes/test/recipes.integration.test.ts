import { conclaveEnsemble } from '@conclave/testkit';
import { recipesSuite } from './recipes-suite.ts';

recipesSuite('Conclave over WebSocket', async () => {
  const ensemble = await conclaveEnsemble();
  ensemble.start();
  try {
    await ensemble.ready();
  } catch (error) {
    await ensemble.stop();
    throw error;
  }
  return { servers: ensemble.webServers, stop: () => ensemble.stop() };
});
