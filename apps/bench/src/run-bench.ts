import { tmpdir } from 'node:os';
import { describeMachine, type ProgramStreams, runProgram } from '@conclave/testkit';
import { type CompareArguments, ExitCode, parseArguments, type RunArguments } from './arguments.ts';
import { measureAll } from './bench.ts';
import { BASELINE, compare } from './compare.ts';
import { formatLines, formatProgress, formatTable } from './report.ts';
import type { Sample } from './sample.ts';
import { behind, summarize } from './summary.ts';

export type BenchStreams = ProgramStreams;

/** The whole program: parses the arguments, measures, prints. Resolves to an exit code. `signal` interrupts it. */
export function runBench(
  argv: readonly string[],
  streams: BenchStreams,
  signal: AbortSignal,
): Promise<number> {
  const parse = () => parseArguments(argv);
  const run = (parsed: CompareArguments | RunArguments) => measureAndPrint(parsed, streams, signal);
  return runProgram({ name: 'bench', parse, run }, streams, signal);
}

async function measureAndPrint(
  parsed: CompareArguments | RunArguments,
  streams: BenchStreams,
  signal: AbortSignal,
): Promise<number> {
  const options = {
    ...parsed,
    signal,
    onSample: (sample: Sample) => void streams.stderr.write(formatProgress(sample)),
  };
  const machine = await describeMachine(parsed.command === 'compare' ? parsed.dataParent : tmpdir());
  const samples =
    parsed.command === 'compare'
      ? await compare({ ...options, ...parsed })
      : await measureAll([{ name: parsed.target, servers: parsed.servers }], options);
  const rows = summarize(samples, BASELINE);
  if (parsed.json) streams.stdout.write(`${JSON.stringify({ machine, rows, samples })}\n`);
  else streams.stdout.write(streams.stdout.isTTY ? formatTable(rows, machine) : formatLines(rows, machine));
  if (parsed.command === 'run' || !parsed.mustLead) return ExitCode.ok;
  const losing = behind(rows);
  for (const { scenario } of losing) streams.stderr.write(`behind: ${scenario}\n`);
  return losing.length === 0 ? ExitCode.ok : ExitCode.behind;
}
