import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { CreateFlag, OPEN_ACL, OpCode } from '@conclave/protocol';
import {
  conclaveEnsemble,
  type Ensemble,
  fourLetterWord,
  freePorts,
  type Member,
  realZooKeeper,
  serverMode,
  until,
  zookeeperMissing,
} from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fieldNames, jsonShape, textShape } from './support/shapes.ts';
import { ZooKeeperClient } from './support/zookeeper-client.ts';

/**
 * Compares what monitoring tools read from a server with a real ZooKeeper. There are three servers of each kind, and
 * their clients have done the same. Two of each kind answer all words, the third only those that it must.
 */
const missing = zookeeperMissing();
/** Longer than the tests take, because the clients send no pings. */
const TIMEOUT_MS = 40_000;

interface Side {
  readonly ensemble: Ensemble;
  readonly adminPorts: readonly number[];
  readonly clients: ZooKeeperClient[];
  leader: number;
  follower: number;
}

describe.skipIf(missing !== undefined)(
  `beside ZooKeeper${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let conclave: Side;
    let zookeeper: Side;

    beforeAll(async () => {
      const ports = await freePorts(6);
      const ours = ports.slice(0, 3);
      const theirs = ports.slice(3);
      conclave = sideOf(
        await conclaveEnsemble({
          settings: (id) => ({ fourLetterWords: '*', adminPort: ours[id - 1] }),
        }),
        ours,
      );
      zookeeper = sideOf(
        await realZooKeeper({
          servers: 3,
          settings: (id) => ({
            '4lw.commands.whitelist': '*',
            'admin.enableServer': 'true',
            'admin.serverAddress': '127.0.0.1',
            'admin.serverPort': theirs[id - 1] ?? 0,
          }),
        }),
        theirs,
      );
      await Promise.all([prepare(conclave), prepare(zookeeper)]);
    }, 120_000);

    afterAll(async () => {
      for (const side of [conclave, zookeeper]) {
        for (const client of side?.clients ?? []) client[Symbol.dispose]();
        await side?.ensemble.stop();
      }
    });

    describe.each(['leader', 'follower'] as const)('a %s', (role) => {
      test.each([
        'ruok',
        'srvr',
        'stat',
        'cons',
        'conf',
        'dirs',
        'isro',
        'dump',
        'hash',
        'wchs',
        'wchc',
        'wchp',
      ])('answers %s', async (word) => {
        const [ours, theirs] = await bothAnswer(role, word);
        expect(textShape(ours).sort()).toEqual(textShape(theirs).sort());
        expect(/\n*$/.exec(ours)?.[0]).toBe(/\n*$/.exec(theirs)?.[0]);
      });

      test('answers mntr with its own counters, under the same names', async () => {
        const [ours, theirs] = await bothAnswer(role, 'mntr');
        expect(textShape(theirs)).toEqual(expect.arrayContaining(textShape(ours)));
        const names = ours.split('\n').map((line) => line.split('\t')[0]);
        const wanted = role === 'leader' ? [...READ_BY_TOOLS, ...READ_OF_LEADERS] : READ_BY_TOOLS;
        expect(names).toEqual(expect.arrayContaining(wanted));
      });

      test('answers envi like ZooKeeper, except for the Java properties', async () => {
        const [ours, theirs] = await bothAnswer(role, 'envi');
        const names = (text: string): string[] =>
          text
            .split('\n')
            .map((line) => line.replace(/=.*/, ''))
            .filter((name) => !/^(java|node)\./.test(name));
        expect(names(ours)).toEqual(names(theirs));
      });

      test.each([
        'configuration',
        'connections',
        'dirs',
        'dump',
        'get_trace_mask',
        'hash',
        'is_read_only',
        'last_snapshot',
        'leader',
        'observers',
        'observer_connection_stat_reset',
        'ruok',
        'server_stats',
        'stats',
        'voting_view',
        'watch_summary',
        'watches',
        'watches_by_path',
        'zabstate',
        'no_such_command',
      ])('runs the admin command %s', async (name) => {
        const [ours, theirs] = await bothRun(role, name);
        const gone = MISSING_FIELDS[name] ?? [];
        expect(fieldNames(ours).sort()).toEqual(
          fieldNames(theirs)
            .filter((field) => !field.split('.').some((part) => gone.includes(part)))
            .sort(),
        );
      });

      test('runs the admin command monitor with its own counters, under the same names', async () => {
        const [ours, theirs] = await bothRun(role, 'monitor');
        expect(fieldNames(theirs)).toEqual(expect.arrayContaining(fieldNames(ours)));
      });
    });

    test('resets its counters on request', async () => {
      for (const word of ['srst', 'crst']) {
        const [ours, theirs] = await bothAnswer('follower', word);
        expect(ours).toBe(theirs);
      }
      for (const word of ['srvr', 'cons']) {
        const [ours, theirs] = await bothAnswer('follower', word);
        expect(textShape(ours).sort()).toEqual(textShape(theirs).sort());
        expect(ours).toMatch(word === 'srvr' ? /^Latency min\/avg\/max: 0\/0\.0\/0$/m : /lop=NA,/);
      }
    });

    test('all servers report the same digests for the same zxids', async () => {
      const { ensemble, clients } = conclave;
      const written = await Promise.all(
        Array.from({ length: 600 }, () =>
          clients[0]?.request({ op: OpCode.setData, path: '/mine-1', data: new Uint8Array(), version: -1 }),
        ),
      );
      for (const answer of written) expect(answer).toMatchObject({ error: 0 });
      const digests = async (): Promise<string[][]> =>
        Promise.all(
          ensemble.members.map(async ({ tcpPort }) => (await fourLetterWord(tcpPort, 'hash')).split('\n')),
        );
      const answers = await until(
        async () => {
          const all = await digests();
          return all.every((lines) => lines.length > 2) ? all : undefined;
        },
        { what: 'digests of every server' },
      );
      const [first = []] = answers;
      expect(first[0]).toMatch(/^[0-9a-f]+: -?[0-9]+$/);
      for (const lines of answers) expect(lines.slice(0, 2)).toEqual(first.slice(0, 2));
    });

    async function bothAnswer(role: 'leader' | 'follower', word: string): Promise<[string, string]> {
      const ask = (side: Side): Promise<string> => fourLetterWord(memberOf(side, role).tcpPort, word);
      return Promise.all([ask(conclave), ask(zookeeper)]);
    }

    async function bothRun(role: 'leader' | 'follower', name: string): Promise<[unknown, unknown]> {
      const ask = async (side: Side): Promise<unknown> => {
        const response = await fetch(`http://127.0.0.1:${side.adminPorts[side[role]]}/commands/${name}`);
        expect(response.status).toBe(200);
        expect(response.headers.get('content-type')).toMatch(/^application\/json/);
        return jsonShape(await response.json());
      };
      return Promise.all([ask(conclave), ask(zookeeper)]);
    }
  },
);

describe('a server that does not serve', () => {
  let ensemble: Ensemble;
  let port: number;

  beforeAll(async () => {
    // Only one of three servers runs, so it never serves.
    ensemble = await conclaveEnsemble({ settings: { fourLetterWords: '*' } });
    const [member] = ensemble.members;
    member?.start();
    port = member?.tcpPort ?? 0;
    await until(async () => (await fourLetterWord(port, 'ruok').catch(() => '')) === 'imok' || undefined, {
      what: 'the port to be open',
    });
  });

  afterAll(() => ensemble?.stop());

  test('says so in its answers', async () => {
    for (const word of ['srvr', 'stat', 'mntr', 'cons', 'dump', 'wchp', 'hash']) {
      const answer = 'This ZooKeeper instance is not currently serving requests\n';
      expect(await fourLetterWord(port, word), word).toBe(answer);
    }
    expect(await fourLetterWord(port, 'isro')).toBe('null');
    expect(await fourLetterWord(port, 'envi')).toContain('zookeeper.version=');
  });

  test('answers a client that closes its side after the word, or sends it letter by letter', async () => {
    expect(await say(port, ['dump'], true)).toContain('not currently serving');
    expect(await say(port, ['m', 'nt', 'r'], true)).toContain('not currently serving');
    expect(await say(port, ['ruok'], false)).toBe('imok');
    expect(await say(port, ['ruokruok\n'], false)).toBe('imok');
  });

  test('answers nothing to an unknown word', async () => {
    expect(await say(port, ['xxxx'], true)).toBe('');
    expect(await say(port, ['\xff\xf4\xff\xfd'], false)).toBe('');
    expect(await say(port, ['ru'], true)).toBe('');
  });
});

describe('a server that allows no four-letter words', () => {
  let ensemble: Ensemble;
  let port: number;

  beforeAll(async () => {
    ensemble = await conclaveEnsemble({ servers: 1, settings: { fourLetterWords: '' } });
    await ensemble.serve();
    port = ensemble.members[0]?.tcpPort ?? 0;
  });

  afterAll(() => ensemble?.stop());

  test('answers srvr, and refuses other words like ZooKeeper', async () => {
    expect(await fourLetterWord(port, 'srvr')).toContain('Mode: standalone\n');
    expect(await fourLetterWord(port, 'stat')).toBe(
      'stat is not executed because it is not in the whitelist.\n',
    );
    expect(await fourLetterWord(port, 'ruok')).toBe(
      'ruok is not executed because it is not in the whitelist.\n',
    );
  });
});

/** Sends pieces one after the other. Resolves to everything that comes back until the server closes. */
async function say(port: number, pieces: readonly string[], close: boolean): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  for (const piece of pieces) {
    await new Promise<void>((resolve) => socket.write(piece, 'latin1', () => resolve()));
  }
  if (close) socket.end();
  const answer = await text(socket);
  socket.destroy();
  return answer;
}

function sideOf(ensemble: Ensemble, adminPorts: readonly number[]): Side {
  return { ensemble, adminPorts, clients: [], leader: 0, follower: 0 };
}

function memberOf(side: Side, role: 'leader' | 'follower'): Member {
  const member = side.ensemble.members[side[role]];
  if (member === undefined) throw new Error('there must be three servers');
  return member;
}

/** Connects a client to each server, with an ephemeral node and a watch. */
async function prepare(side: Side): Promise<void> {
  const { ensemble, clients } = side;
  await ensemble.serve();
  const modes = await Promise.all(ensemble.members.map(({ tcpPort }) => serverMode(tcpPort)));
  side.leader = modes.indexOf('leader');
  side.follower = modes.indexOf('follower');
  for (const { id, tcpPort } of ensemble.members) {
    const { client } = await ZooKeeperClient.connect(tcpPort, { timeoutMs: TIMEOUT_MS });
    clients.push(client);
    const path = `/mine-${id}`;
    await client.request({
      op: OpCode.create,
      path,
      data: new Uint8Array(),
      acl: OPEN_ACL,
      flags: CreateFlag.ephemeral,
    });
    await client.request({ op: OpCode.getData, path, watch: true });
  }
}

/** ZooKeeper's fields about things that Conclave lacks: TLS, thresholds for slow disks, reachability, Java objects. */
const MISSING_FIELDS: Readonly<Record<string, readonly string[]>> = {
  server_stats: ['fsync_threshold_exceed_count', 'non_mtlsremote_conn_count', 'non_mtlslocal_conn_count'],
  stats: ['fsync_threshold_exceed_count', 'non_mtlsremote_conn_count', 'non_mtlslocal_conn_count'],
  zabstate: [
    'all_reachable_addresses',
    'all_reachable_addresses_or_all',
    'reachable_address',
    'reachable_or_one',
    'wildcard_addresses',
  ],
};

/** The fields that exporters and agents of monitoring systems read. */
const READ_BY_TOOLS = [
  'zk_version',
  'zk_server_state',
  'zk_avg_latency',
  'zk_max_latency',
  'zk_min_latency',
  'zk_packets_received',
  'zk_packets_sent',
  'zk_num_alive_connections',
  'zk_outstanding_requests',
  'zk_znode_count',
  'zk_watch_count',
  'zk_ephemerals_count',
  'zk_global_sessions',
  'zk_approximate_data_size',
  'zk_open_file_descriptor_count',
  'zk_max_file_descriptor_count',
  'zk_uptime',
  'zk_quorum_size',
];
const READ_OF_LEADERS = ['zk_learners', 'zk_synced_followers', 'zk_pending_syncs', 'zk_leader_uptime'];
