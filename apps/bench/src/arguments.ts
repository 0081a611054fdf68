import { tmpdir } from 'node:os';
import { ExitCode as CommonExitCode, type Help, UsageError } from '@conclave/testkit';
import yargs, { type Argv } from 'yargs';
import { type TargetName, targetNames } from './compare.ts';
import { isScenarioName, type Scenario, type ScenarioName, scenarioNames, scenarios } from './scenario.ts';
import { serverAddresses } from './targets/server-addresses.ts';

/** The exit codes of the benchmark. Its `--help` lists them. */
export const ExitCode = { ...CommonExitCode, behind: 3 } as const;

interface CommonArguments {
  readonly scenarios: readonly ScenarioName[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly valueBytes: number;
  readonly json: boolean;
}

export interface CompareArguments extends CommonArguments {
  readonly command: 'compare';
  readonly targets: readonly TargetName[];
  readonly dataParent: string;
  readonly mustLead: boolean;
}

export interface RunArguments extends CommonArguments {
  readonly command: 'run';
  readonly target: string;
  readonly servers: readonly string[];
}

export type Arguments = CompareArguments | RunArguments | Help;

/** Throws `UsageError`. */
export async function parseArguments(argv: readonly string[]): Promise<Arguments> {
  let parsed: Arguments | undefined;
  let text = '';
  const parser = yargs([...argv])
    .scriptName('bench')
    .usage("$0 <command>\n\nMeasures Conclave, and any server that speaks its protocol or ZooKeeper's.")
    .command(
      'compare',
      'start three servers of each kind on this machine and measure them in turn',
      (command) =>
        commonOptions(command, scenarioNames)
          .option('targets', {
            type: 'string',
            default: targetNames.join(','),
            describe: 'the servers to measure, separated by commas',
          })
          .option('data', {
            type: 'string',
            default: tmpdir(),
            describe: 'directory for the data of all servers during the run',
          })
          .option('must-lead', {
            type: 'boolean',
            default: false,
            describe: `exit with ${ExitCode.behind} if Conclave is behind in any scenario`,
          }),
      (values) => {
        parsed = {
          command: 'compare',
          ...common(values, scenarioNames),
          targets: choices('targets', values.targets, targetNames),
          dataParent: values.data,
          mustLead: values.mustLead,
        };
      },
    )
    .command(
      'run',
      'measure servers that are already running',
      (command) =>
        commonOptions(command, faultless).option('target', {
          type: 'string',
          demandOption: true,
          requiresArg: true,
          describe: 'the servers, like ws://h:7400,ws://h2:7400 or zookeeper://h:2181,h2:2181',
        }),
      (values) => {
        parsed = {
          command: 'run',
          ...common(values, faultless),
          target: values.target,
          servers: servers(values.target),
        };
      },
    )
    .demandCommand(1, 'a command is missing: compare or run')
    .strict()
    .exitProcess(false)
    .version(false)
    .locale('en')
    .wrap(110)
    .epilogue(epilogue())
    .fail((message, error) => {
      throw error instanceof UsageError ? error : new UsageError(message ?? error?.message);
    });
  await parser.parseAsync([...argv], {}, (_error, _values, output) => {
    text = output;
  });
  return parsed ?? { command: 'help', text };
}

/** The scenarios without a fault, which can run against any ensemble. */
const faultless = scenarioNames.filter((name) => {
  const { fault }: Scenario = scenarios[name];
  return fault === undefined;
});

function commonOptions(command: Argv, names: readonly ScenarioName[]) {
  return command
    .option('only', {
      type: 'string',
      default: names.filter((name) => name !== 'lock-contended').join(','),
      describe: 'the scenarios, separated by commas',
    })
    .option('rounds', { type: 'number', default: 3, describe: 'how often each scenario is measured' })
    .option('seconds', { type: 'number', default: 5, describe: 'how long each measurement takes' })
    .option('warm-up', { type: 'number', default: 2, describe: 'seconds of load before each measurement' })
    .option('value-bytes', { type: 'number', default: 100, describe: 'size of the values written and read' })
    .option('json', { type: 'boolean', default: false, describe: 'print the results as one JSON document' });
}

interface CommonValues {
  readonly only: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly valueBytes: number;
  readonly json: boolean;
}

function common(values: CommonValues, names: readonly ScenarioName[]): CommonArguments {
  return {
    scenarios: choices('only', values.only, names).filter(isScenarioName),
    rounds: whole('rounds', values.rounds, 1, 1_000),
    seconds: between('seconds', values.seconds, 0.1, 3_600),
    warmUpSeconds: between('warm-up', values.warmUp, 0, 3_600),
    valueBytes: whole('value-bytes', values.valueBytes, 4, 1_000_000),
    json: values.json,
  };
}

function choices<T extends string>(flag: string, list: string, allowed: readonly T[]): T[] {
  return [...new Set(list.split(','))].map((name) => {
    const found = allowed.find((other) => other === name);
    if (found === undefined) {
      throw new UsageError(`--${flag}: ${JSON.stringify(name)} is none of ${allowed.join(', ')}`);
    }
    return found;
  });
}

function between(flag: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${flag}: expected a number from ${min} to ${max}`);
}

function whole(flag: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value)) return between(flag, value, min, max);
  throw new UsageError(`--${flag}: expected a whole number from ${min} to ${max}`);
}

function servers(target: string): string[] {
  try {
    return serverAddresses(target);
  } catch (cause) {
    throw new UsageError(`--target: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function epilogue(): string {
  const width = Math.max(...scenarioNames.map((name) => name.length));
  return [
    'Scenarios:',
    ...scenarioNames.map((name) => `  ${name.padEnd(width)}  ${scenarios[name].summary}`),
    '',
    "Targets of compare: zookeeper (Debian's package), conclave-ws, conclave-tcp. A separate process makes the load,",
    'the same program for all targets.',
    `Exit codes: ${ExitCode.ok} measured, ${ExitCode.failed} could not measure, ${ExitCode.badUsage} invalid arguments, ` +
      `${ExitCode.behind} behind (--must-lead), ${ExitCode.interrupted} interrupted.`,
  ].join('\n');
}
