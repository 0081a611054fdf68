import { leaderFirst, zookeeperUnderTest } from './ensembles.ts';
import { Grounds, runCase } from './run-case.ts';
import { type Case, stepsOf } from './script.ts';
import { readScripts, writeScript } from './scripts.ts';
import { SdkStage } from './sdk-stage.ts';
import { WireStage } from './wire-stage.ts';

/**
 * Runs the cases against ZooKeeper and writes its answers into the scripts. Review the difference before committing it.
 *
 *     npm run record -- [script ...]
 */
const wanted = process.argv.slice(2);
await using ensemble = await zookeeperUnderTest();
await ensemble.serve();
const ports = (await leaderFirst(ensemble)).map(({ tcpPort }) => tcpPort);
await using grounds = await Grounds.open(ports[0] ?? 0);
const wire = new WireStage(ports);
const sdk = new SdkStage(ports.map((port) => `tcp://127.0.0.1:${port}`));
for (const script of readScripts()) {
  if (wanted.length > 0 && !wanted.includes(script.name)) continue;
  const outcomes = new Map<Case, string[]>();
  for (const one of script.cases) {
    const stage = one.via.includes('wire') ? wire : sdk;
    const recorded = stepsOf(one).map((step) => step.recorded);
    outcomes.set(one, one.isAsked ? await runCase(stage, grounds, one) : recorded);
  }
  writeScript(script, outcomes);
}
