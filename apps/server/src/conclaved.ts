import {
  type Config,
  ConfigError,
  DivergedError,
  nodeEnvironment,
  Server,
  setStorageAside,
  VERSION,
} from '@conclave/server';
import pino, { type Logger } from 'pino';
import yargs from 'yargs';
import { type LoadedConfig, loadConfig, settingDocs } from './settings.ts';

/** The exit codes of `conclaved`. Its `--help` lists them. */
export const ExitCode = { ok: 0, fatal: 70, badConfig: 78, cannotStart: 69 } as const;

/**
 * Runs one ensemble member until SIGTERM or SIGINT, and resolves to the exit code of the process. If the parent opened
 * an IPC channel, this sends it the addresses: `{ type: 'listening', web, zookeeper }`.
 */
export async function runConclaved(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  let loaded: LoadedConfig;
  let parsed: Arguments | undefined;
  try {
    parsed = await parseArguments(argv);
    if (parsed === undefined) return ExitCode.ok;
    const { zooCfg = environment.CONCLAVE_ZOO_CFG, config = environment.CONCLAVE_CONFIG } = parsed;
    loaded = loadConfig({ zooCfg, config }, environment, parsed.flags);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`conclaved: ${error.message}\n`);
    return ExitCode.badConfig;
  }
  if (parsed.printConfig) {
    for (const { key, line, note } of loaded.notes) {
      process.stderr.write(`conclaved: zoo.cfg${key === '' ? '' : ` line ${line}, ${key}`}: ${note}\n`);
    }
    process.stdout.write(`${JSON.stringify(loaded.config, null, 2)}\n`);
    return ExitCode.ok;
  }
  return serve(loaded);
}

interface Arguments {
  readonly zooCfg: string | undefined;
  readonly config: string | undefined;
  readonly printConfig: boolean;
  readonly flags: Readonly<Record<string, unknown>>;
}

async function parseArguments(argv: readonly string[]): Promise<Arguments | undefined> {
  let parser = yargs([...argv])
    .scriptName('conclaved')
    .usage(
      '$0 [options]\n\nRuns one member of a Conclave ensemble. Settings come from --zoo-cfg, --config, the environment ' +
        'and flags; each overrides the ones before it.',
    )
    .option('config', {
      type: 'string',
      describe: 'JSON file whose keys are the names of settings in camelCase',
      env: true,
    })
    .option('zoo-cfg', {
      type: 'string',
      describe: "ZooKeeper's zoo.cfg; its settings are used where Conclave has the same",
      requiresArg: true,
    })
    .option('print-config', {
      type: 'boolean',
      default: false,
      describe: 'print the effective settings and exit',
    })
    .version(VERSION)
    .strict()
    .exitProcess(false)
    .parserConfiguration({ 'camel-case-expansion': false, 'duplicate-arguments-array': false })
    .wrap(110)
    .epilogue(
      'Each flag --some-setting can also be set by the variable CONCLAVE_SOME_SETTING.\n' +
        `Exit codes: ${ExitCode.ok} stopped on request, ${ExitCode.badConfig} invalid settings, ` +
        `${ExitCode.cannotStart} data directory or address unusable, ${ExitCode.fatal} stopped by a failure.`,
    )
    .fail((message, error) => {
      throw error ?? new ConfigError([message ?? 'invalid flags']);
    });
  for (const doc of settingDocs()) {
    const shown =
      doc.default === undefined || doc.key === 'members' ? '' : ` [default: ${String(doc.default)}]`;
    parser = parser.option(doc.flag, {
      type: 'string',
      describe: doc.description + shown,
      requiresArg: true,
    });
  }
  const values = await parser.parse([...argv], {}, (_error, _argv, output) => {
    if (output !== '') process.stdout.write(`${output}\n`);
  });
  if (values.help === true || values.version === true) return undefined;
  return {
    zooCfg: typeof values['zoo-cfg'] === 'string' ? values['zoo-cfg'] : undefined,
    config: typeof values.config === 'string' ? values.config : undefined,
    printConfig: values['print-config'] === true,
    flags: values,
  };
}

async function serve({ config, notes }: LoadedConfig): Promise<number> {
  const log = pino({ level: config.logLevel, base: { serverId: config.id } });
  for (const { note, ...where } of notes) log.warn({ ...where, note }, 'zoo.cfg: setting not used');
  const asked = Promise.withResolvers<typeof ExitCode.ok>();
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'stopping');
    asked.resolve(ExitCode.ok);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // If the parent dies, its local ensemble stops too and leaves no stray processes behind.
  process.once('disconnect', () => stop('SIGTERM'));
  for (;;) {
    const outcome = await serveOnce(config, log, asked.promise);
    if (typeof outcome === 'number') return outcome;
    log.error(
      { zxid: outcome.zxid, aside: DIVERGED },
      'state differs from the leader; moved aside to copy it again',
    );
    await setStorageAside(config.dataDir, DIVERGED);
  }
}

/** The folder within the data directory for state that differed from the leader's. */
const DIVERGED = 'diverged';

/**
 * Serves until asked to stop. Resolves to an exit code, or to the error after which the server must copy its state
 * again.
 */
async function serveOnce(
  config: Config,
  log: Logger,
  asked: Promise<number>,
): Promise<number | DivergedError> {
  const failed = Promise.withResolvers<number | DivergedError>();
  const server = new Server({
    config,
    environment: nodeEnvironment({ directory: config.dataDir, reserveBytes: config.reserveBytes }),
    log,
    onFatal: (error) => failed.resolve(error instanceof DivergedError ? error : ExitCode.fatal),
  });
  try {
    await server.start();
    const addresses = await server.openDoors();
    log.info({ ...addresses, dataDir: config.dataDir }, 'listening');
    process.send?.({ type: 'listening', ...addresses });
  } catch (err) {
    log.fatal({ err }, 'server cannot start');
    await server.close();
    return ExitCode.cannotStart;
  }
  const outcome = await Promise.race([asked, failed.promise]);
  await server.close();
  log.info({ outcome: typeof outcome === 'number' ? outcome : outcome.code }, 'stopped');
  return outcome;
}
