import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import yargs from 'yargs';
import { type MemberProcess, type MemberSpec, startMember } from './member-process.ts';
import { firstPortInUse } from './port-in-use.ts';
import { waitForLeader } from './wait-for-leader.ts';

/** The servers of the local ensemble. Each has the next number after the one before it on every port. */
function memberSpecs(directory: string, count: number): MemberSpec[] {
  const members = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [String(i + 1), `127.0.0.1:${7500 + i}`]),
  );
  return Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    settings: {
      id: i + 1,
      ensemble: 'local',
      dataDir: resolve(directory, `server-${i + 1}`),
      webPort: 7400 + i,
      zookeeperPort: 2181 + i,
      members,
      // The ports are on loopback, so only this machine can ask.
      fourLetterWords: '*',
    },
    logFile: resolve(directory, `server-${i + 1}.log`),
  }));
}

/**
 * Runs a local ensemble: by default three servers as three processes on loopback, with their data under `.conclave/`.
 * In a terminal it also runs the shell. Resolves to an exit code when the shell ends or a signal arrives.
 */
export async function runLocalEnsemble(argv: readonly string[]): Promise<number> {
  const options = await yargs([...argv])
    .scriptName('npm start --')
    .option('fresh', { type: 'boolean', default: false, describe: 'delete the data of the last run first' })
    .option('servers', { type: 'number', default: 3, choices: [1, 3, 5], describe: 'number of servers' })
    .option('data', { type: 'string', default: '.conclave', describe: 'directory for data and logs' })
    .strict()
    .parse();
  const directory = resolve(options.data);
  const specs = memberSpecs(directory, options.servers);
  const ports = specs.flatMap(({ settings }) => [Number(settings.webPort), Number(settings.zookeeperPort)]);
  const taken = await firstPortInUse(ports);
  if (taken !== undefined) {
    process.stderr.write(
      `Port ${taken} is in use, perhaps by an ensemble that npm start has started before. Use that one, or stop it first.\n`,
    );
    return 1;
  }
  // Only now: a server that still runs must not lose its files.
  if (options.fresh) await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const members: MemberProcess[] = [];
  const stopping = new AbortController();
  try {
    const started = await Promise.allSettled(specs.map(startMember));
    for (const result of started) if (result.status === 'fulfilled') members.push(result.value);
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    const leader = await waitForLeader(
      specs.map((spec) => `http://127.0.0.1:${spec.settings.webPort}`),
      { signal: AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]) },
    );
    const hasTerminal = process.stdin.isTTY && process.stdout.isTTY;
    announce(specs, leader, directory, hasTerminal ? '"quit" in the shell' : 'Ctrl-C, or SIGTERM');
    specs.forEach((spec, i) => void members[i]?.exited.then((how) => reportExit(spec, how, stopping.signal)));
    return hasTerminal ? await runShell(specs, stop.signal) : await idle(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return 0;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    stopping.abort();
    await Promise.all(members.map((member) => member.stop()));
  }
}

function announce(specs: readonly MemberSpec[], leader: number, directory: string, stop: string): void {
  const lines = specs.map(({ id, settings }) => {
    const role = id === leader ? 'leader' : 'follower';
    return `  server ${id}  ${role.padEnd(8)}  ws://127.0.0.1:${settings.webPort}  zookeeper 127.0.0.1:${settings.zookeeperPort}`;
  });
  process.stdout.write(
    [
      '',
      'Conclave is running: three real servers on this machine.'.replace('three', countWord(specs.length)),
      ...lines,
      `  data and logs in ${directory} (npm start -- --fresh deletes them first)`,
      '',
      'Try:  create /greeting hello   then   get /greeting   and   help',
      'Lock: lock /locks/demo         then   holder /locks/demo   and   unlock /locks/demo',
      'Look: curl http://127.0.0.1:7400/v1/status   or any ZooKeeper client on 127.0.0.1:2181',
      `Stop: ${stop}`,
      '',
      '',
    ].join('\n'),
  );
}

/** Reports that a server has exited, whether a user killed it on purpose or not. */
function reportExit({ id, logFile }: MemberSpec, how: number | NodeJS.Signals, stopping: AbortSignal): void {
  if (stopping.aborted) return;
  process.stderr.write(
    `\nServer ${id} has exited (${how}); its log: ${logFile}\nTo have it back, stop this ensemble and run npm start again. The data stays.\n`,
  );
}

function countWord(count: number): string {
  return count === 1 ? 'one' : count === 5 ? 'five' : 'three';
}

/** Runs the shell in the terminal. The ensemble ends when the shell does. */
function runShell(specs: readonly MemberSpec[], signal: AbortSignal): Promise<number> {
  const servers = specs.map((spec) => `ws://127.0.0.1:${spec.settings.webPort}`).join(',');
  const main = fileURLToPath(import.meta.resolve('@conclave/cli/main'));
  const shell = spawn(process.execPath, [main, '--server', servers], { stdio: 'inherit' });
  return new Promise((settle, reject) => {
    shell.once('error', reject);
    shell.once('exit', (code) => settle(code ?? 0));
    // The terminal sends its interrupts to the shell too, which handles them itself.
    signal.addEventListener('abort', () => {
      if (!process.stdin.isTTY) shell.kill('SIGTERM');
    });
    process.once('SIGTERM', () => shell.kill('SIGTERM'));
    process.once('SIGHUP', () => shell.kill('SIGHUP'));
  });
}

function idle(signal: AbortSignal): Promise<number> {
  return new Promise((settle) => {
    // An aborted signal alone does not keep the process alive.
    const alive = setInterval(() => {}, 60_000);
    const done = (): void => {
      clearInterval(alive);
      settle(0);
    };
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}
