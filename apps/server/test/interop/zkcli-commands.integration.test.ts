import { readFileSync } from 'node:fs';
import { conclaveEnsemble, type Ensemble, freePorts, realZooKeeper } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LineProcess } from '../support/line-process.ts';
import { titled, ZKCLI, zkcliMissing } from './peers.ts';

const missing = zkcliMissing();

const COMMANDS = readFileSync(new URL('./zkcli-commands.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** A command that answers without asking a server. Its output marks the end of the output before it. */
const MARK = 'printwatches';
const MARKED = /^printwatches is (?:on|off)$/;

/** Answers that differ from ZooKeeper's on purpose; docs/zookeeper-differences.md gives the reasons. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  'stat /all/closed': ['Insufficient permission : /all/closed'],
};

interface Printed {
  readonly command: string | undefined;
  readonly lines: readonly string[];
}

interface Transcript {
  readonly printed: readonly Printed[];
  /** Events come from a thread of their own. So their place in the other output means nothing, but their order does. */
  readonly events: readonly string[];
}

/** Runs every command of zkCli.sh against Conclave and against a real ZooKeeper. */
describe.skipIf(missing !== undefined)(titled('every command of zkCli.sh', missing), () => {
  const ensembles: Ensemble[] = [];
  let conclave: Transcript;
  let zookeeper: Transcript;

  beforeAll(async () => {
    ensembles.push(await conclaveEnsemble({ servers: 1 }), await quorumOfOne());
    const transcripts = await Promise.all(
      ensembles.map(async (ensemble) => {
        await ensemble.serve();
        return await transcribe(ensemble);
      }),
    );
    [conclave = conclave, zookeeper = zookeeper] = transcripts;
  }, 150_000);

  afterAll(() => Promise.all(ensembles.map((ensemble) => ensemble.stop())));

  it('prints the same as with a ZooKeeper', () => {
    const expected = zookeeper.printed.map(({ command = '', lines }) => ({
      command,
      lines: MEANT[command] ?? lines,
    }));
    expect(conclave.printed.map(({ command }) => command)).toEqual(COMMANDS);
    expect(conclave.printed).toEqual(expected);
  });

  it('gets the same events as from a ZooKeeper', () => {
    expect(conclave.events).toEqual(zookeeper.events);
    expect(conclave.events.length).toBeGreaterThan(10);
  });
});

/** An ensemble of one server, because a standalone ZooKeeper has no members to print. */
async function quorumOfOne(): Promise<Ensemble> {
  const ports = await freePorts(2);
  return await realZooKeeper({
    settings: { 'server.1': `127.0.0.1:${ports.join(':')}`, standaloneEnabled: 'false' },
    javaFlags: ['-Dzookeeper.extendedTypesEnabled=true', '-Dzookeeper.enforceQuota=true'],
  });
}

async function transcribe({ members: [server] }: Ensemble): Promise<Transcript> {
  const host = `127.0.0.1:${server?.tcpPort}`;
  // Errors go to standard error. Only a single pipe keeps the order of both outputs.
  const args = ['-waitforconnection', '-timeout', '30000', '-server', host];
  await using shell = new LineProcess('/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', ZKCLI, ...args]);
  await shell.sees(/state:SyncConnected type:None path:null\n/);
  for (const command of COMMANDS) {
    shell.write(command.replace('HOST', host));
    shell.write(MARK);
  }
  // The event may come before or after the answer.
  const output = await shell.sees(/type:NodeDataChanged path:\/last$/m);
  shell.write('quit');
  return parse(output + (await shell.finish()));
}

function parse(output: string): Transcript {
  const mask = masking();
  const printed: Printed[] = [];
  const events: string[] = [];
  let lines: string[] = [];
  for (const line of output.split('\n')) {
    const [isEvent, type, path] = /^WatchedEvent state:\w+ type:(\w+) path:(\S+)/.exec(line) ?? [];
    if (isEvent !== undefined) {
      if (type !== 'None') events.push(`${type} ${path}`);
    } else if (MARKED.test(line)) {
      const command = COMMANDS[printed.length];
      // ZooKeeper keeps the identities of a connection in an unordered set.
      printed.push({ command, lines: command === 'whoami' ? lines.toSorted() : lines });
      lines = [];
    } else if (line !== '' && line !== 'WATCHER::') {
      lines.push(mask(line));
    }
  }
  return { printed, events };
}

/** Replaces zxids and sessions by names in the order in which they first occur, and masks times and ports. */
function masking(): (line: string) => string {
  const names = new Map<string, string>();
  const nameOf = (id: string): string => {
    const name = names.get(id) ?? `#${names.size}`;
    names.set(id, name);
    return name;
  };
  return (line) =>
    line
      .replace(/time = .*/, 'time = (a time)')
      .replace(/127\.0\.0\.1:\d+:\d+/, '127.0.0.1:(ports)')
      .replace(/0x[1-9a-f][0-9a-f]*/, nameOf);
}
