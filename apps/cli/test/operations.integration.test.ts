import { Readable } from 'node:stream';
import { conclaveEnsemble, type Ensemble, realZooKeeper, zookeeperMissing } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runConclave } from '../src/index.ts';
import { Collector } from './run.ts';

/** The shell's commands on real servers. The other tests check in detail what the commands print. */
describe.each(['conclave', 'zookeeper'] as const)('on %s', (kind) => {
  const missing = kind === 'zookeeper' ? zookeeperMissing() : undefined;
  let ensemble: Ensemble;

  beforeAll(async () => {
    if (missing !== undefined) return;
    ensemble =
      kind === 'conclave'
        ? await conclaveEnsemble({ servers: 1 })
        : await realZooKeeper({ settings: { enforceQuota: 'true', extendedTypesEnabled: 'true' } });
    await ensemble.serve();
  });

  afterAll(() => ensemble?.stop());

  async function script(
    lines: readonly string[],
    environment: Record<string, string> = {},
  ): Promise<string[]> {
    const out = new Collector(false, undefined);
    const err = new Collector(false, undefined);
    await runConclave(
      ['--server', (kind === 'conclave' ? ensemble.webServers : ensemble.tcpServers).join(',')],
      {
        stdin: Readable.from([lines.join('\n')]),
        stdout: out,
        stderr: err,
        environment: { NO_COLOR: '1', ...environment },
      },
    );
    return [...out.text.split('\n'), ...err.text.split('\n')].filter((line) => line !== '');
  }

  test.skipIf(missing !== undefined)('an ACL admits the identity that it names and no other', async () => {
    const ann = ['addauth digest ann:secret', 'create /mine "" auth::cdrwa', 'getAcl /mine', 'set /mine x'];
    expect(await script(ann)).toEqual(['/mine', expect.stringMatching(/^digest:ann:.{28}:cdrwa$/)]);
    expect(await script(['get /mine'])).toEqual([expect.stringContaining('(NO_AUTH)')]);
    const environment = { CONCLAVE_AUTH: 'digest:ann:secret' };
    expect((await script(['get /mine', 'whoami'], environment)).sort()).toEqual([
      'digest:ann',
      'ip:127.0.0.1',
      'x',
    ]);
    expect(await script(['setAcl -R /mine world:anyone:cdrwa'], environment)).toEqual([]);
    expect(await script(['getAcl /mine'])).toEqual(['world:anyone:cdrwa']);
  });

  test.skipIf(missing !== undefined)(
    'create makes containers, nodes with a time to live and sequential ephemerals',
    async () => {
      const lines = [
        'create -c /box',
        'create -t 60000 /brief',
        'create -e -s /passing-',
        'getEphemerals',
        'stat /brief',
      ];
      const out = await script(lines);
      expect(out.slice(0, 4)).toEqual([
        '/box',
        '/brief',
        expect.stringMatching(/^\/passing-\d{10}$/),
        out[2],
      ]);
      // ZooKeeper's servers do not report the kind of a node.
      if (kind === 'conclave') expect(out.slice(-2)).toEqual(['kind = ttl', 'ttlMs = 60000']);
      expect(await script(['create -e /box/x', 'getAllChildrenNumber /box', 'create /brief/x'])).toEqual([
        '/box/x',
        '1',
        '/brief/x',
      ]);
    },
  );

  test.skipIf(missing !== undefined)('the server enforces quotas', async () => {
    const bounded = [
      'create /bounded',
      'setquota -N 3 -b 10 /bounded',
      'create /bounded/a 12345',
      'create /bounded/b',
    ];
    expect(await script(bounded)).toEqual(['/bounded', '/bounded/a', '/bounded/b']);
    expect(await script(['create /bounded/c'])).toEqual([expect.stringContaining('(QUOTA_EXCEEDED)')]);
    expect(
      await script(['listquota /bounded', 'delquota -N /bounded', 'create /bounded/c', 'delquota /bounded']),
    ).toEqual(['bytes: 5 of 10', 'nodes at most: 3 of 3', '/bounded/c']);
    expect(await script(['ls /zookeeper/quota'])).toEqual([]);
  });

  test.skipIf(missing !== undefined)('multi does all operations of a transaction or none', async () => {
    expect(await script(["multi 'create /t x' 'create -s /t/n-' 'check -v 0 /t'"])).toEqual([
      '/t',
      '/t/n-0000000000',
    ]);
    expect(await script(["multi 'set /t y' 'check -v 7 /t'"])).toEqual([
      expect.stringContaining('operation 1'),
    ]);
    expect(await script(['get /t', 'deleteall -b 1 /t'])).toEqual(['x']);
  });

  test.skipIf(missing !== undefined)('a watch on a subtree reports every change', async () => {
    const lines = [
      'addWatch /',
      'create -p /deep/er x',
      'set /deep/er y',
      'deleteall /deep',
      'removewatches /',
    ];
    const reported = (await script(lines))
      .filter((line) => line.startsWith('watch'))
      .map((line) => line.split('\t').slice(1, 3));
    expect(reported).toEqual([
      ['created', '/deep'],
      ['created', '/deep/er'],
      ['dataChanged', '/deep/er'],
      ['deleted', '/deep/er'],
      ['deleted', '/deep'],
    ]);
  });

  // ZooKeeper's servers close the connection instead.
  test.skipIf(kind === 'zookeeper')('ls lists more children than one answer holds', async () => {
    const name = (i: number): string => `/many/${String(i).padStart(100, '0')}`;
    const multi = (from: number): string =>
      `multi ${Array.from({ length: 1_000 }, (_, i) => `'create ${name(from + i)}'`).join(' ')}`;
    await script(['create /many', ...Array.from({ length: 12 }, (_, i) => multi(i * 1_000))]);
    const listed = await script(['ls /many', 'deleteall /many', 'ls /']);
    expect(listed.filter((line) => line.length === 100)).toHaveLength(12_000);
    expect(listed.slice(0, 2)).toEqual([name(0).slice(6), name(1).slice(6)]);
    expect(listed).not.toContain('many');
  });

  // A standalone ZooKeeper has no members.
  test.skipIf(kind === 'zookeeper')('config lists the members of an ensemble', async () => {
    expect(await script(['config'])).toEqual([
      expect.stringMatching(/^server\.1=127\.0\.0\.1:\d+:\d+:participant$/),
      expect.stringMatching(/^version=[0-9a-f]+$/),
    ]);
  });
});
