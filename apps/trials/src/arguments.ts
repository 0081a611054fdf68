import { tmpdir } from 'node:os';
import { ExitCode, type Help, UsageError } from '@conclave/testkit';
import yargs from 'yargs';
import { allFaults, faultNames } from './faults/index.ts';

export interface TrialArguments {
  readonly command: 'run';
  /** The sizes of ensembles, tried one after the other. */
  readonly servers: readonly number[];
  readonly faults: readonly string[];
  readonly seconds: number;
  readonly clients: number;
  readonly together: boolean;
  readonly dataParent: string;
  readonly report: string | undefined;
  readonly json: boolean;
  readonly loopback: boolean;
}

export type Arguments = TrialArguments | Help;

const SIZES = [3, 5];

/** Throws `UsageError`. */
export async function parseArguments(argv: readonly string[]): Promise<Arguments> {
  let text = '';
  const parser = yargs([...argv])
    .scriptName('trials')
    .usage(
      '$0 [options]\n\nRuns real servers and clients under real faults, and judges them with the simulator’s checkers.',
    )
    .option('servers', {
      type: 'number',
      array: true,
      default: SIZES,
      describe: `servers in the ensemble, ${SIZES.join(' or ')}; several sizes run one after the other`,
    })
    .option('fault', { type: 'string', array: true, default: [...faultNames], describe: 'the faults to try' })
    .option('seconds', {
      type: 'number',
      default: 12,
      describe: 'how long each fault is repeated; 0 for once',
    })
    .option('clients', {
      type: 'number',
      default: 4,
      describe: 'number of client processes; half of them use TCP',
    })
    .option('together', {
      type: 'boolean',
      default: false,
      describe: 'let all faults strike one ensemble in turn; by default each has a new one',
    })
    .option('data', { type: 'string', default: tmpdir(), describe: 'directory for the data during the run' })
    .option('report', {
      type: 'string',
      describe: 'FILE.md whose section "Measured" is replaced with the results',
    })
    .option('json', { type: 'boolean', default: false, describe: 'print the results as one JSON document' })
    .option('loopback', {
      type: 'boolean',
      default: false,
      describe: 'use loopback instead of network namespaces',
    })
    .strict()
    .exitProcess(false)
    .version(false)
    .locale('en')
    .wrap(110)
    .epilogue(epilogue())
    .fail((message, error) => {
      throw new UsageError(message ?? error?.message);
    });
  const values = await parser.parseAsync([...argv], {}, (_error, _values, output) => {
    text = output;
  });
  if (text !== '') return { command: 'help', text };
  const { servers, fault, seconds, clients, together, data, report, json, loopback } = values;
  for (const size of servers) mustBe('servers', SIZES.includes(size), SIZES.join(' or '));
  for (const name of fault) mustBe('fault', faultNames.includes(name), `one of ${faultNames.join(', ')}`);
  mustBe('seconds', seconds >= 0 && seconds <= 3_600, 'a number from 0 to 3600');
  mustBe(
    'clients',
    Number.isInteger(clients) && clients >= 3 && clients <= 32,
    'a whole number from 3 to 32',
  );
  mustBe('report', report === undefined || report.endsWith('.md'), 'a name that ends with .md');
  return {
    command: 'run',
    servers: [...new Set(servers)],
    faults: [...new Set(fault)],
    seconds,
    clients,
    together,
    dataParent: data,
    report,
    json,
    loopback,
  };
}

function mustBe(flag: string, is: boolean, expected: string): void {
  if (!is) throw new UsageError(`--${flag}: expected ${expected}`);
}

function epilogue(): string {
  const width = Math.max(...faultNames.map((name) => name.length));
  return [
    'Faults:',
    ...allFaults.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    `Exit codes: ${ExitCode.ok} all passed or skipped, ${ExitCode.failed} something failed, ` +
      `${ExitCode.badUsage} bad arguments, ${ExitCode.interrupted} interrupted.`,
  ].join('\n');
}
