import type { CrewTask } from './crew.ts';
import { reportOf } from './report.ts';
import { drawScenario } from './scenario.ts';
import { simulate } from './simulate.ts';
import { workloadNames } from './workloads/index.ts';

/*
 * A process of a `Crew`: runs the seeds that it is sent, one at a time.
 */

process.on('disconnect', () => process.exit());
process.on('message', (message: unknown) => {
  const { seed, wishes } = message as CrewTask;
  simulate(drawScenario(seed, workloadNames, wishes)).then(
    (run) => process.send?.(reportOf(run)),
    (error: unknown) => {
      process.stderr.write(`seed ${seed}: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
