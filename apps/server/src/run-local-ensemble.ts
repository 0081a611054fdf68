import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import yargs from 'yargs';
import { type MemberProcess, type MemberSpec, startMember } from './member-process.ts';
import { waitForLeader } from './wait-for-leader.ts';

/** Ports of the local ensemble: one block for each server. */
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
      // Nobody but this machine can ask.
      fourLetterWords: '*',
    },
    logFile: resolve(directory, `server-${i + 1}.log`),
  }));
}

/**
 * Three servers as three processes on loopback with their data under `.conclave/`, and the shell when there is
 * a terminal. Resolves to an exit code when the shell ends or a signal asks to stop.
 */
export async function runLocalEnsemble(argv: readonly string[]): Promise<number> {
  const options = await yargs([...argv])
    .scriptName('npm start --')
    .option('fresh', { type: 'boolean', default: false, describe: 'forget the data of last time' })
    .option('servers', { type: 'number', default: 3, choices: [1, 3, 5], describe: 'how many servers' })
    .option('data', { type: 'string', default: '.conclave', describe: 'where the data and logs are kept' })
    .strict()
    .parse();
  const directory = resolve(options.data);
  if (options.fresh) await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const specs = memberSpecs(directory, options.servers);
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
    announce(specs, leader, directory);
    specs.forEach((spec, i) => void members[i]?.exited.then((how) => tellOfEnd(spec, how, stopping.signal)));
    return process.stdin.isTTY && process.stdout.isTTY
      ? await runShell(specs, stop.signal)
      : await idle(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return 0;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    stopping.abort();
    await Promise.all(members.map((member) => member.stop()));
  }
}

function announce(specs: readonly MemberSpec[], leader: number, directory: string): void {
  const lines = specs.map(({ id, settings }) => {
    const role = id === leader ? 'leader' : 'follower';
    return `  server ${id}  ${role.padEnd(8)}  ws://127.0.0.1:${settings.webPort}  zookeeper 127.0.0.1:${settings.zookeeperPort}`;
  });
  process.stdout.write(
    [
      '',
      'Conclave is running: three real servers on this machine.'.replace('three', countWord(specs.length)),
      ...lines,
      `  data and logs in ${directory} (npm start -- --fresh forgets them)`,
      '',
      'Try:  create /greeting hello   then   get /greeting   and   help',
      'Lock: lock /locks/demo         then   holder /locks/demo   and   unlock /locks/demo',
      'Look: curl http://127.0.0.1:7400/v1/status   or any ZooKeeper client on 127.0.0.1:2181',
      '',
      '',
    ].join('\n'),
  );
}

/** Whoever kills a server to see what happens, and whoever did not, is told. */
function tellOfEnd({ id, logFile }: MemberSpec, how: number | NodeJS.Signals, stopping: AbortSignal): void {
  if (stopping.aborted) return;
  process.stderr.write(`\nServer ${id} has ended (${how}), and is not started again; its log: ${logFile}\n`);
}

function countWord(count: number): string {
  return count === 1 ? 'one' : count === 5 ? 'five' : 'three';
}

/** The shell has the terminal; its end is the ensemble's. */
function runShell(specs: readonly MemberSpec[], signal: AbortSignal): Promise<number> {
  const servers = specs.map((spec) => `ws://127.0.0.1:${spec.settings.webPort}`).join(',');
  const main = fileURLToPath(import.meta.resolve('@conclave/cli/main'));
  const shell = spawn(process.execPath, [main, '--server', servers], { stdio: 'inherit' });
  return new Promise((settle, reject) => {
    shell.once('error', reject);
    shell.once('exit', (code) => settle(code ?? 0));
    // The terminal sends its interrupts to the shell as well, which knows what they mean; only a real end ends it.
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
