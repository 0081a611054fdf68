import { exampleOptions } from '../example-options.ts';
import { startWorker } from '../worker-process.ts';
import type { SchedulerOptions, SchedulerReport } from './worker.ts';

// Several schedulers run, and one of them leads. The first leader is killed in the middle of its work. Another one takes
// over when the session of the first has expired, and goes on with the next run.

const RUNS = 20;
const RUNS_BEFORE_THE_KILL = 8;

const { servers, workers: count } = exampleOptions(3);
const options: SchedulerOptions = { servers, path: `/examples/scheduler-${Date.now()}`, runs: RUNS };
const candidates = Array.from({ length: count }, (_, i) =>
  startWorker<SchedulerReport>(new URL('./worker.ts', import.meta.url), `scheduler-${i + 1}`, options),
);
const reports: SchedulerReport[] = [];
let isKilled = false;

const ends = await Promise.all(
  candidates.map(async (candidate) => {
    for await (const report of candidate.reports) {
      reports.push(report);
      console.log(`${candidate.name}: run ${report.run} (token ${report.token})`);
      if (report.run + 1 === RUNS_BEFORE_THE_KILL && !isKilled) {
        isKilled = true;
        candidate.signal('SIGKILL');
        console.log(`${candidate.name} is killed`);
      }
    }
    return candidate.exited;
  }),
);

const isOnce = new Set(reports.map(({ run }) => run)).size === reports.length;
const hasGrowingTokens = reports.every(({ token }, i) => i === 0 || token >= (reports[i - 1]?.token ?? 0));
const isRight = isOnce && hasGrowingTokens && reports.at(-1)?.run === RUNS - 1 && !ends.includes('failed');
console.log(
  `${reports.length} runs under ${new Set(reports.map(({ token }) => token)).size} leaders, none twice: ${isRight ? 'right' : 'WRONG'}`,
);
process.exitCode = isRight ? 0 : 1;
