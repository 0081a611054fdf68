import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@conclave/client';
import { Ensemble, fourLetterWord, freePorts, Member, temporaryDirectory } from '@conclave/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** Three servers that are started with the files of a ZooKeeper ensemble. */
const CONCLAVED = fileURLToPath(new URL('../src/main.ts', import.meta.url));

let ensemble: Ensemble;
let adminPorts: readonly number[];

beforeAll(async () => {
  const directory = await temporaryDirectory();
  const ports = await freePorts(15);
  const clientPorts = ports.slice(0, 3);
  adminPorts = ports.slice(3, 6);
  const webPorts = ports.slice(6, 9);
  const servers = [1, 2, 3].map(
    (id) => `server.${id}=127.0.0.1:${ports[8 + id]}:${ports[11 + id]}:participant`,
  );
  const members = [1, 2, 3].map((id) => {
    const dataDir = join(directory.path, `zk-${id}`);
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'myid'), `${id}\n`);
    const file = join(directory.path, `zoo-${id}.cfg`);
    const lines = [
      '# The number of milliseconds of each tick',
      'tickTime=2000',
      'initLimit=10',
      'syncLimit=5',
      `dataDir=${dataDir}`,
      `clientPort=${clientPorts[id - 1]}`,
      'clientPortAddress=127.0.0.1',
      'maxClientCnxns=60',
      'autopurge.snapRetainCount=3',
      '4lw.commands.whitelist=mntr, conf, \\',
      '    ruok, stmk',
      `admin.serverPort=${adminPorts[id - 1]}`,
      'admin.serverAddress=127.0.0.1',
      ...servers,
    ];
    writeFileSync(file, lines.join('\n'));
    return new Member({
      id,
      tcpPort: clientPorts[id - 1] ?? 0,
      webPort: webPorts[id - 1],
      dataDir,
      process: {
        command: process.execPath,
        args: [CONCLAVED, '--zoo-cfg', file, '--web-port', String(webPorts[id - 1])],
        cwd: directory.path,
        logFile: join(directory.path, `server-${id}.log`),
      },
    });
  });
  ensemble = new Ensemble('conclave', members, directory);
  await ensemble.serve();
});

afterAll(() => ensemble?.stop());

test('an ensemble started from zoo.cfg files serves on their ports', async () => {
  await using client = await connect({ servers: ensemble.tcpServers });
  await client.create('/from-zoo-cfg', 'hello');
  expect((await client.get('/from-zoo-cfg')).stat.dataLength).toBe(5);
  expect(client.session.timeoutMs).toBe(10_000);
});

test('an ensemble started from zoo.cfg files has their settings', async () => {
  const [member] = ensemble.members;
  const conf = await fourLetterWord(member?.tcpPort ?? 0, 'conf');
  expect(conf).toContain(`clientPort=${member?.tcpPort}\nsecureClientPort=-1\n`);
  expect(conf).toContain('maxClientCnxns=60\nminSessionTimeout=4000\nmaxSessionTimeout=40000\n');
  expect(conf.match(/^server\.\d=127\.0\.0\.1:\d+:\d+:participant$/gm)).toHaveLength(3);
  expect(await fourLetterWord(member?.tcpPort ?? 0, 'stat')).toContain('not in the whitelist');
});

test('an ensemble started from zoo.cfg files answers on the admin port', async () => {
  const response = await fetch(`http://127.0.0.1:${adminPorts[0]}/commands/voting_view`);
  expect(await response.json()).toMatchObject({
    current_config: { 1: { learner_type: 'participant' }, 2: {}, 3: {} },
    error: null,
  });
});

test('a server logs each setting of zoo.cfg that it does not use, and why', () => {
  const [member] = ensemble.members;
  const lines = readFileSync(member?.logFile ?? '', 'utf8')
    .split('\n')
    .filter((line) => line.includes('zoo.cfg: '))
    .map((line) => JSON.parse(line) as { key: string; line: number; note: string });
  expect(lines.map(({ key, line }) => [key, line])).toEqual([
    ['initLimit', 3],
    ['syncLimit', 4],
    ['autopurge.snapRetainCount', 9],
    ['4lw.commands.whitelist', 10],
  ]);
  expect(lines.every(({ note }) => note.length > 10)).toBe(true);
});
