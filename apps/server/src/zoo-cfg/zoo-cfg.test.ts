import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@conclave/server';
import { temporaryDirectory } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../settings.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let zooCfg: string;
let dataDir: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  zooCfg = join(directory.path, 'zoo.cfg');
  dataDir = join(directory.path, 'data');
  mkdirSync(dataDir);
});

afterAll(() => directory[Symbol.asyncDispose]());

function load(text: string, myid = '2\n', flags: Record<string, string> = {}): ReturnType<typeof loadConfig> {
  writeFileSync(zooCfg, `dataDir=${dataDir}\n${text}`);
  writeFileSync(join(dataDir, 'myid'), myid);
  return loadConfig({ zooCfg }, {}, flags);
}

function problemsOf(text: string, myid?: string): readonly string[] {
  try {
    load(text, myid);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const SERVERS = 'server.1=zoo1:2888:3888\nserver.2=zoo2:2888:3888\nserver.3=zoo3:2888:3888\n';

test('a typical zoo.cfg configures a member of the ensemble', () => {
  const { config, notes } = load(`tickTime=2000\ninitLimit=10\nsyncLimit=5\nclientPort=2182\n${SERVERS}`);
  expect(config).toMatchObject({
    id: 2,
    dataDir,
    members: { 1: 'zoo1:2888', 2: 'zoo2:2888', 3: 'zoo3:2888' },
    host: '0.0.0.0',
    zookeeperPort: 2182,
    webHost: '127.0.0.1',
    sessionTimeoutMinMs: 4_000,
    sessionTimeoutMaxMs: 40_000,
    tickMs: 25,
  });
  expect(config.adminPort).toBeUndefined();
  expect(notes.map(({ key, line }) => [key, line])).toEqual([
    ['initLimit', 3],
    ['syncLimit', 4],
  ]);
});

describe('keys of zoo.cfg', () => {
  test.each([
    ['clientPortAddress=10.0.0.1\nclientPort=2181', { host: '10.0.0.1' }],
    ['server.2=zoo2:1:2;10.0.0.2:2185', { host: '10.0.0.2', zookeeperPort: 2185 }],
    [
      'minSessionTimeout=3000\nmaxSessionTimeout=-1',
      { sessionTimeoutMinMs: 3_000, sessionTimeoutMaxMs: 40_000 },
    ],
    ['tickTime=500', { sessionTimeoutMinMs: 1_000, sessionTimeoutMaxMs: 10_000 }],
    ['maxClientCnxns=0', { zookeeperConnectionsPerAddressMax: 0, connectionsPerAddressMax: 1_000_000 }],
    ['maxClientCnxns=100', { zookeeperConnectionsPerAddressMax: 100, connectionsPerAddressMax: 1_000 }],
    ['maxClientCnxns=2000', { zookeeperConnectionsPerAddressMax: 2_000, connectionsPerAddressMax: 2_000 }],
    ['maxCnxns=0', { connectionsMax: 10_000 }],
    ['maxCnxns=500', { connectionsMax: 500 }],
    ['globalOutstandingLimit=1000', { outstandingMax: 1_000 }],
    ['jute.maxbuffer=0x200000', { zookeeperFrameBytesMax: 2 * 1024 * 1024 }],
    ['largeRequestThreshold=-1', { largeRequestBytes: 16 * 1024 }],
    ['snapCount=5000\nsnapSizeLimitInKb=1024', { checkpointTxns: 5_000, checkpointBytes: 1024 * 1024 }],
    ['quorumListenOnAllIPs=true', { peerHost: '0.0.0.0' }],
    ['enforceQuota=false', { enforceQuota: false }],
    [
      'DigestAuthenticationProvider.superDigest=super:xQJmxLMiHGwaqBvst5y6rkB6HQs=',
      { superDigest: 'super:xQJmxLMiHGwaqBvst5y6rkB6HQs=' },
    ],
    [
      'server.1=zoo1:1:2;2181\nserver.2=zoo2:1:2;10.0.0.2:2182',
      { zookeeperAddresses: { 1: '0.0.0.0:2181', 2: '10.0.0.2:2182' } },
    ],
    ['4lw.commands.whitelist=ruok, mntr', { fourLetterWords: 'ruok,mntr' }],
    ['4lw.commands.whitelist=*', { fourLetterWords: '*' }],
    ['admin.enableServer=false', { commandsPath: '' }],
    ['admin.enableServer=true', { adminPort: 8080, adminHost: '0.0.0.0' }],
    [
      'admin.serverPort=9000\nadmin.serverAddress=127.0.0.1\nadmin.commandURL=/zk',
      { adminPort: 9_000, adminHost: '127.0.0.1', commandsPath: '/zk' },
    ],
    ['clientPort=2181\nclientPort=2190', { zookeeperPort: 2_190 }],
  ])('become settings: %s', (text, expected) => {
    expect(load(text).config).toMatchObject(expected);
  });

  test('set dataDir to the directory of the log, while myid is read from the one of the data', () => {
    const { config } = load(`dataLogDir=${directory.path}/log`);
    expect(config).toMatchObject({ id: 2, dataDir: `${directory.path}/log` });
  });

  test('can name a separate file of members', () => {
    const dynamic = join(directory.path, 'zoo.cfg.dynamic.1001');
    writeFileSync(dynamic, 'server.2=zoo2:1:2:participant;2186\nserver.5=zoo5:1:2\nversion=1001\n');
    const { config } = load(`dynamicConfigFile=${dynamic}`);
    expect(config).toMatchObject({ members: { 2: 'zoo2:1', 5: 'zoo5:1' }, zookeeperPort: 2_186 });
  });

  test('are overridden by flags', () => {
    const flags = { 'web-host': '0.0.0.0', 'zookeeper-port': '2199' };
    expect(load('clientPort=2181', '2', flags).config).toMatchObject({
      webHost: '0.0.0.0',
      zookeeperPort: 2_199,
    });
  });
});

describe('parts of a zoo.cfg that are not used', () => {
  test.each([
    ['forceSync=no', 'forced to disk'],
    ['autopurge.purgeInterval=1', 'log entries are deleted'],
    ['metricsProvider.httpPort=7000', '/metrics'],
    ['sslQuorum=false', 'TLS'],
    ['tickTme=2000', 'unknown key'],
    ['4lw.commands.whitelist=stmk,srvr', 'stmk'],
    ['server.2=zoo2:1:2|zoo2b:3:4', 'zoo2b:3'],
  ])('are noted with the line and the reason: %s', (text, why) => {
    const { notes } = load(text);
    expect(notes).toEqual([
      { key: text.slice(0, text.indexOf('=')), line: 2, note: expect.stringContaining(why) },
    ]);
  });

  test("include ZooKeeper's own data in dataDir", () => {
    mkdirSync(join(dataDir, 'version-2'), { recursive: true });
    expect(load('').notes.at(-1)?.note).toContain('version-2');
    rmSync(join(dataDir, 'version-2'), { recursive: true });
  });
});

describe('a zoo.cfg is refused', () => {
  test.each([
    ['clientPort=two', 'line 2, clientPort: "two": expected a whole number from 1 to 65535'],
    ['tickTime=0', 'line 2, tickTime'],
    ['quorumListenOnAllIPs=maybe', 'line 2, quorumListenOnAllIPs: "maybe": expected true or false'],
    ['maxSessionTimeout=99999999', 'line 2, maxSessionTimeout'],
    ['minSessionTimeout=5000\nmaxSessionTimeout=4000', 'sessionTimeoutMinMs'],
    ['peerType=observer', 'observers'],
    ['server.1=zoo1:2888:3888:observer', 'line 2, server.1: observers'],
    ['server.0=zoo1:2888:3888', 'line 2, server.0: expected a server number'],
    ['server.1=zoo1:2888', 'line 2, server.1: "zoo1:2888": expected host:port:port'],
    ['server.1=zoo1:1:2\nserver.3=zoo3:1:2', 'expected server 2 (this one) to be among them'],
    ['server.2=zoo2:1:2;2181\nclientPort=2182', 'differs from clientPort=2182'],
    ['weight.1=2', 'line 2, weight.1: servers have one vote each'],
    ['secureClientPort=2281', 'line 2, secureClientPort: TLS'],
    ['quorum.auth.enableSasl=true', 'authentication of servers'],
    ['dynamicConfigFile=/nowhere/at/all', '/nowhere/at/all'],
    ['admin.commandURL=commands/', 'line 2, admin.commandURL'],
  ])('with the line and the key: %s', (text, problem) => {
    expect(problemsOf(text).join('\n')).toContain(problem);
  });

  test('if myid is no number, or missing although there are several servers', () => {
    expect(problemsOf(SERVERS, 'two')).toEqual([expect.stringContaining('myid: "two"'), expect.anything()]);
    writeFileSync(zooCfg, `dataDir=${directory.path}\n${SERVERS}`);
    expect(() => loadConfig({ zooCfg }, {}, {})).toThrowError(/no file myid/);
  });

  test('if the file or its dataDir is missing', () => {
    expect(() => loadConfig({ zooCfg: join(directory.path, 'none') }, {}, {})).toThrowError(ConfigError);
    writeFileSync(zooCfg, 'clientPort=2181\n');
    expect(() => loadConfig({ zooCfg }, {}, {})).toThrowError(/dataDir is missing/);
  });
});
