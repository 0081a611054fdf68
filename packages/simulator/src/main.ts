import { drawScenario } from './scenario.ts';
import { simulate } from './simulate.ts';
import { Trace } from './trace.ts';
import { workloadNames } from './workloads/index.ts';
import { realNowMs } from './world/real-world.ts';

const from = Number(process.argv[2] ?? 1),
  n = Number(process.argv[3] ?? 1),
  told = process.argv[4] !== undefined;
const t0 = realNowMs();
let ev = 0,
  sim = 0;
for (let seed = from; seed < from + n; seed++) {
  const trace = new Trace({ told });
  const run = await simulate(drawScenario(seed, workloadNames), trace);
  ev += run.events;
  sim += run.simulatedMs;
  if (run.failure) {
    process.stdout.write(`seed ${seed} FAILED ${String(run.failure).slice(0, 1500)}\n`);
  } else if (n < 10)
    process.stdout.write(
      `seed ${seed} ok ${run.hash} servers=${run.scenario.servers} events=${run.events} sim=${run.simulatedMs} txns=${run.transactions} epochs=${run.epochs} faults=${run.faults} ${JSON.stringify(run.tally)}\n`,
    );
  if (told)
    for (const line of trace.lines(
      (l) => process.argv[5] === undefined || l.who === process.argv[5] || l.who === '-',
    ))
      process.stdout.write(line + '\n');
}
const s = (realNowMs() - t0) / 1000;
process.stdout.write(
  `${n} seeds in ${s.toFixed(1)} s, ${(n / s).toFixed(2)} seeds/s, ${(ev / s / 1000).toFixed(0)}k events/s, sim ${(sim / 3600000).toFixed(2)} h\n`,
);
