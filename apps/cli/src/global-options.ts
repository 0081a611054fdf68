import { VERSION } from '@conclave/client';
import yargs from 'yargs';
import { commandList } from './commands/help.ts';
import { allCommands } from './commands/index.ts';
import { exitCodeHelp } from './exit-code.ts';
import { AUTH_VARIABLE, DEFAULT_SERVERS, type GivenSettings, SERVERS_VARIABLE } from './settings.ts';
import { plainStyling } from './styling.ts';
import { UsageError } from './usage-error.ts';

/** The command line of `conclave`: its own options are parsed, the command is not. */
export type GlobalOptions =
  /** The text that `--help` or `--version` prints. */
  | { readonly kind: 'answer'; readonly text: string }
  | {
      readonly kind: 'run';
      readonly given: GivenSettings;
      /** The command and its arguments. Empty for the shell or a script. */
      readonly words: readonly string[];
    };

/** Throws `UsageError`. */
export async function parseGlobalOptions(argv: readonly string[]): Promise<GlobalOptions> {
  const { options, words } = splitGlobalOptions(argv);
  let answer: string | undefined;
  const parser = yargs([])
    .scriptName('conclave')
    .usage(
      '$0 [options] [command] [args...]\n\nWithout a command: a shell at a terminal, otherwise the commands on standard input, one per line.',
    )
    .option('server', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: `addresses of the ensemble: host:port,... or conclave://host:port,.../chroot; may be repeated [$${SERVERS_VARIABLE}, or ${DEFAULT_SERVERS}]`,
    })
    .option('auth', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: `an identity, such as digest:user:password; may be repeated. Other users can see a command line, so prefer the variable [$${AUTH_VARIABLE}]`,
    })
    .option('json', {
      type: 'boolean',
      default: false,
      describe: 'print results as JSON, one value per line',
    })
    .option('timeout', {
      type: 'string',
      requiresArg: true,
      describe: 'time limit of a command in milliseconds, including connecting [15000]',
    })
    .option('session-timeout', {
      type: 'string',
      requiresArg: true,
      describe: 'milliseconds without contact after which the ensemble ends the session [10000]',
    })
    .help('help')
    .version(VERSION)
    .strictOptions()
    .exitProcess(false)
    .parserConfiguration({
      'camel-case-expansion': false,
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
    })
    .wrap(110)
    .epilogue(`Commands:\n${commandList(allCommands.commands, plainStyling)}\n\n${exitCodeHelp}`)
    .fail((message, error) => {
      throw error ?? new UsageError(message);
    });
  const values = await parser.parse([...options], {}, (_error, _argv, output) => {
    if (output !== '') answer = output;
  });
  if (answer !== undefined) return { kind: 'answer', text: answer };
  const given = {
    servers: values.server,
    auth: values.auth,
    json: values.json,
    timeout: values.timeout,
    sessionTimeout: values['session-timeout'],
  };
  return { kind: 'run', given, words };
}

const SWITCHES = new Set(['--json', '--help', '--version']);
const WITH_VALUE = new Set(['--server', '--auth', '--timeout', '--session-timeout']);

/**
 * Separates the program's own options from the command. They may stand anywhere before `--`, because
 * `conclave get /a --json` is what people type. Before the command, everything that looks like an option must be one.
 */
export function splitGlobalOptions(argv: readonly string[]): {
  readonly options: readonly string[];
  readonly words: readonly string[];
} {
  const options: string[] = [];
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? '';
    if (arg === '--') {
      words.push(...argv.slice(i));
      break;
    }
    const [name = ''] = arg.split('=', 1);
    if (name === '--help' && words.length > 0) return { options, words: ['help', words[0] ?? ''] };
    if (SWITCHES.has(name) || WITH_VALUE.has(name)) {
      options.push(arg);
      const value = argv[i + 1];
      if (WITH_VALUE.has(arg) && value !== undefined) {
        options.push(value);
        i++;
      }
    } else if (words.length === 0 && arg.startsWith('-')) options.push(arg);
    else words.push(arg);
  }
  return { options, words };
}
