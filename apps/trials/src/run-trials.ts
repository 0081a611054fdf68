import { readFile, writeFile } from 'node:fs/promises';
import { describeMachine, ExitCode, type ProgramStreams, runProgram } from '@conclave/testkit';
import { parseArguments, type TrialArguments } from './arguments.ts';
import {
  type Entrance,
  findEntrance,
  isEnclosed,
  type MissingMeans,
  missingMeans,
  runEnclosed,
} from './enclosure.ts';
import type { Fault } from './faults/fault.ts';
import { allFaults } from './faults/index.ts';
import { formatLine, type Report, withReport } from './report.ts';
import type { FaultResult } from './result.ts';
import { runTrial } from './trial.ts';

const UNWANTED: Entrance = { possible: false, reason: 'namespaces are turned off (--loopback)' };

/**
 * The whole program: parses the arguments, runs the trials, prints. Resolves to an exit code. `signal` interrupts it.
 */
export function runTrials(
  argv: readonly string[],
  streams: ProgramStreams,
  signal: AbortSignal,
): Promise<number> {
  const parse = () => parseArguments(argv);
  const run = async (parsed: TrialArguments): Promise<number> => {
    if (isEnclosed()) return await runAll(parsed, argv, undefined, streams, signal);
    const entrance = parsed.loopback ? UNWANTED : await findEntrance();
    if (entrance.possible) return await runEnclosed(entrance.flags, argv, signal);
    streams.stderr.write(`trials: running on loopback: ${entrance.reason}\n`);
    return await runAll(parsed, argv, entrance.reason, streams, signal);
  };
  return runProgram({ name: 'trials', parse, run, explain: stackOf }, streams, signal);
}

async function runAll(
  parsed: TrialArguments,
  argv: readonly string[],
  notEnclosed: string | undefined,
  { stdout, stderr }: ProgramStreams,
  signal: AbortSignal,
): Promise<number> {
  const means = await missingMeans(notEnclosed);
  const results: FaultResult[] = [];
  const print = (result: FaultResult): void => {
    if (!parsed.json) stdout.write(`${formatLine(result)}\n`);
  };
  for (const servers of parsed.servers) {
    const chosen = allFaults.filter(
      (fault) => parsed.faults.includes(fault.name) && (fault.servers ?? [servers]).includes(servers),
    );
    const impossible = chosen.flatMap((fault) => skipped(fault, servers, means));
    results.push(...impossible);
    for (const result of impossible) print(result);
    const possible = chosen.filter((fault) => whyNot(fault, means) === undefined);
    for (const faults of parsed.together ? compatible(possible) : possible.map((fault) => [fault])) {
      const found = await runTrial({
        ...parsed,
        servers,
        faults,
        network: notEnclosed === undefined ? 'namespaces' : 'loopback',
        signal,
        onProgress: (line) => void stderr.write(`${line}\n`),
      });
      results.push(...found);
      for (const result of found) print(result);
    }
  }
  const report: Report = {
    command: ['npm run trials', ...(argv.length > 0 ? ['--', ...argv] : [])].join(' '),
    date: new Date().toISOString().slice(0, 10),
    machine: await describeMachine(parsed.dataParent),
    network: notEnclosed === undefined ? 'namespaces' : 'loopback',
    results,
  };
  if (parsed.report !== undefined) {
    const before = await readFile(parsed.report, 'utf8').catch(() => '');
    await writeFile(parsed.report, withReport(before, report));
  }
  if (parsed.json) stdout.write(`${JSON.stringify(report)}\n`);
  return results.some(({ status }) => status === 'failed') ? ExitCode.failed : ExitCode.ok;
}

/** The error with its stack, because an error here is a defect of the trials themselves. */
function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function whyNot(fault: Fault, means: MissingMeans): string | undefined {
  return fault.needs.map((need) => means[need]).find((missing) => missing !== undefined);
}

function skipped(fault: Fault, servers: number, means: MissingMeans): FaultResult[] {
  const reason = whyNot(fault, means);
  return reason === undefined ? [] : [{ status: 'skipped', fault: fault.name, servers, reason }];
}

/**
 * Groups of faults that can share an ensemble. Special set-ups are separate, because they change the others' figures.
 */
function compatible(faults: readonly Fault[]): Fault[][] {
  return [...Map.groupBy(faults, ({ arrangement }) => arrangement).values()];
}
