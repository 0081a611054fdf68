import { describe, expect, test } from 'vitest';
import { allCommands } from '../src/commands/index.ts';
import { MemoryTree } from './memory-client.ts';
import { run } from './run.ts';

const someTree = () =>
  new MemoryTree({ '/b': 'bee', '/a': 'hello', '/a/y': '', '/a/x': '', '/a/x/deep': '' });

const STAT = [
  'cZxid = 0x100000003',
  'ctime = 2026-01-02T03:04:05.000Z',
  'mZxid = 0x100000003',
  'mtime = 2026-01-02T03:04:05.000Z',
  'pZxid = 0x100000003',
  'cversion = 0',
  'dataVersion = 0',
  'aclVersion = 0',
  'ephemeralOwner = 0x0',
  'dataLength = 5',
  'numChildren = 2',
  '',
].join('\n');

describe('a pipe gets', () => {
  test.each([
    ['ls /', 'a\nb\n'],
    ['ls /b', ''],
    ['ls -R /a', '/a\n/a/x\n/a/x/deep\n/a/y\n'],
    ['ls -s /a', `x\ny\n${STAT}`],
    ['get /a', 'hello\n'],
    ['get -b /a', 'aGVsbG8=\n'],
    ['get -s /a', `hello\n${STAT}`],
    ['stat /a', STAT],
    ['create /c', '/c\n'],
    ['create -p /c/d/e x', '/c/d/e\n'],
    ['create -s /a/n- x', '/a/n-0000000006\n'],
    ['set /a new', ''],
    ['set -v 0 /a new', ''],
    ['delete /b', ''],
    ['deleteall /a', ''],
    ['sync /', ''],
    ['holder /a', 'node = /a/y\nfencingToken = 4294967300\nsession = 0x2a\ndata = \n'],
    ['holder /b', 'no holder\n'],
    ['create /c x auth::cdrwa', '/c\n'],
    ['create -c /c', '/c\n'],
    ['create -t 5000 -s /a/t-', '/a/t-0000000006\n'],
    ['get -x /b', '00000000  62 65 65                                         bee\n'],
    ['getAllChildrenNumber /a', '3\n'],
    ['count /', '5\n'],
    ['getAcl /a', 'world:anyone:cdrwa\n'],
    ['getAcl -s /a', `world:anyone:cdrwa\n${STAT}`],
    ['setAcl /a world:anyone:r,digest:u:h=:ca', ''],
    ['setAcl -s /a auth::cdrwa', STAT],
    ['setAcl -R /a auth::r', ''],
    ['whoami', 'ip:127.0.0.1\n'],
    ['--auth digest:ann:pw whoami', 'ip:127.0.0.1\n'],
    ['config', 'server.1=127.0.0.1:7500:7500:participant;127.0.0.1:2181\nversion=100000000\n'],
    ['config -c', '100000000 127.0.0.1:2181\n'],
    ['setquota -n 10 /a', ''],
    ['version', 'conclave 0.1.0\n'],
  ])('the plain output of %s', async (line, out) => {
    expect(await run(line.split(' '), { tree: someTree() })).toEqual({ code: 0, out, err: '' });
  });
});

describe('a terminal gets', () => {
  test.each([
    ['ls /', '[a, b]\n'],
    ['ls /b', '[]\n'],
    ['create /c', 'Created /c\n'],
    ['delete /b', 'Deleted /b\n'],
    ['deleteall /a', 'Deleted 4 nodes\n'],
    ['deleteall -b 1 /b', 'Deleted 1 node\n'],
    ['setAcl -R /a auth::r', 'Set the ACL of 4 nodes\n'],
    ['setquota -n 10 -B 100 /a', 'count = 10\nbyteHardLimit = 100\n'],
  ])('the readable output of %s', async (line, out) => {
    expect((await run(line.split(' '), { tree: someTree(), terminal: true })).out).toBe(out);
  });

  test('data without control characters', async () => {
    const tree = new MemoryTree({ '/a': '\u001b[2J' });
    expect((await run(['get', '/a'], { tree, terminal: true })).out).toBe('\\x1b[2J\n');
    expect((await run(['get', '/a'], { tree })).out).toBe('\u001b[2J\n');
  });
});

describe('a program gets', () => {
  test.each([
    ['ls /', { path: '/', children: ['a', 'b'] }],
    ['ls -R /a/x', { path: '/a/x', paths: ['/a/x', '/a/x/deep'] }],
    ['get /a', { path: '/a', data: 'hello', encoding: 'utf8' }],
    ['create /c', { path: '/c', stat: expect.objectContaining({ dataVersion: 0 }) }],
    ['set /a x', { path: '/a', stat: expect.objectContaining({ dataVersion: 1, cZxid: '0x100000003' }) }],
    ['delete /b', { path: '/b' }],
    ['deleteall /a', { path: '/a', deleted: 4 }],
    ['holder /b', { path: '/b', holder: null }],
    ['getAcl /a', { path: '/a', acl: ['world:anyone:cdrwa'] }],
    ['whoami', [{ scheme: 'ip', id: '127.0.0.1' }]],
    ['getAllChildrenNumber /a', { path: '/a', count: 3 }],
    [
      'create -t 5000 /c',
      {
        path: '/c',
        stat: expect.objectContaining({ kind: 'ttl', ttlMs: 5000, ephemeralOwner: '0xff00000000001388' }),
      },
    ],
    [
      'create -c /c',
      {
        path: '/c',
        stat: expect.objectContaining({ kind: 'container', ephemeralOwner: '0x8000000000000000' }),
      },
    ],
    [
      'setquota -n 10 /a',
      { path: '/a', limits: { count: 10, bytes: null, countHardLimit: null, byteHardLimit: null } },
    ],
    ['session', expect.objectContaining({ session: '0x2a', state: 'connected', protocol: 'conclave' })],
    ['version', { version: '0.1.0' }],
  ])('the JSON of %s', async (line, json) => {
    const { out } = await run([...line.split(' '), '--json'], { tree: someTree() });
    expect(out.split('\n')).toHaveLength(2);
    expect(JSON.parse(out)).toEqual(json);
  });
});

describe('a command that fails reports why and sets the exit code', () => {
  test.each([
    ['get /nope', 1, '/nope: no such node (NO_NODE)'],
    ['stat /nope', 1, '/nope: no such node (NO_NODE)'],
    ['deleteall /nope', 1, '/nope: no such node (NO_NODE)'],
    ['create /a', 1, '/a: the node exists already (NODE_EXISTS)'],
    ['delete /a', 1, '/a: the node has children (NOT_EMPTY)'],
    ['delete -v 7 /b', 1, '/b: the node has another version (BAD_VERSION)'],
    ['set -v x /a y', 2, '-v: "x" is not a whole number from -1 to 2147483647'],
    ['deleteall /', 2, 'the root cannot be deleted'],
    ['ls -R -s /', 2, '-R cannot be combined with -s or -w'],
    ['create -e -t 5 /c', 2, '-e cannot be combined with -t'],
    ['create -c -s /c', 2, '-c cannot be combined with -s, -e or -t'],
    ['create /c x world:anyone', 2, 'acl: "world:anyone" is not scheme:id:permissions'],
    ['setAcl /a world:anyone:rx', 2, 'acl: no permission "x"; the permissions are c d r w a'],
    ['setAcl -R -v 1 /a auth::r', 2, '-R cannot be combined with -s or -v'],
    ['get -b -x /a', 2, '-b cannot be combined with -x'],
    ['setquota /a', 2, 'one of -n -b -N -B is missing'],
    ['setquota -n 5 /nope', 1, '/nope: no such node (NO_NODE)'],
    ['setquota -n 5 /zookeeper/quota/a', 2, '/zookeeper/quota itself cannot have a quota'],
    ['listquota /a', 1, '/a: there is no quota (NO_NODE)'],
    ['delquota /a', 1, '/a: there is no quota (NO_NODE)'],
    ['addWatch -m SOMETIMES /a', 2, '-m: expected PERSISTENT or PERSISTENT_RECURSIVE'],
    ['addauth digest a:b', 2, 'addauth is available in the shell only'],
    ['multi', 2, 'operation is missing'],
    ['--auth secret ls /', 2, '--auth: expected scheme:credential'],
    ['ls', 2, 'ls: path is missing\nusage: ls [-s] [-w] [-R] path'],
    ['gett /a', 2, 'no command "gett"; did you mean "get"?'],
    ['rm /a', 2, 'did you mean "delete"?'],
    ['quit', 2, 'quit is available in the shell only'],
    ['lock /a', 2, '-- and a command to run are missing'],
    ['--bogus ls', 2, 'Unknown argument'],
    ['--timeout never ls /', 2, '--timeout: '],
  ])('%s', async (line, code, text) => {
    const ran = await run(line.split(' '), { tree: someTree() });
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err).toContain(text);
    expect(ran.err).toMatch(/^conclave: /);
    expect(ran.err).not.toMatch(/^\s+at /m);
  });

  test('in JSON with --json', async () => {
    const { err, out } = await run(['get', '/nope', '--json'], { tree: someTree() });
    expect(out).toBe('');
    expect(JSON.parse(err)).toEqual({
      error: { code: 'NO_NODE', message: '/nope: no such node', path: '/nope' },
    });
  });
});

describe('with -w a command waits for the change', () => {
  test.each([
    ['get -w /b', 'bee\nwatch\tdataChanged\t/b\t0x100000007\n'],
    ['ls -w /', 'a\nb\nwatch\tchildrenChanged\t/\t0x100000008\n'],
  ])('%s', async (line, out) => {
    const tree = someTree();
    let changed = false;
    const ran = await run(line.split(' '), {
      tree,
      onOutput: () => {
        if (changed) return;
        changed = true;
        tree.put('/b', 'changed');
        tree.put('/c', '');
      },
    });
    expect(ran).toEqual({ code: 0, out, err: '' });
  });
});

describe('help', () => {
  test('help lists every command', async () => {
    const { out } = await run(['help'], { tree: someTree() });
    for (const { name, summary } of allCommands.commands)
      expect(out).toMatch(new RegExp(`^${name}\\b[^]*${summary}`, 'm'));
  });

  test.each(allCommands.commands.map((command) => [command.name, command] as const))(
    'help explains %s',
    async (name, { summary, examples, syntax }) => {
      const { out } = await run(['help', name], { tree: someTree() });
      for (const part of [summary, ...examples, ...Object.keys(syntax.options)]) expect(out).toContain(part);
      expect(out.split('\n').filter((line) => line.length > 110)).toEqual([]);
    },
  );

  test('--help after a command prints the same', async () => {
    expect(await run(['ls', '--help'], { tree: someTree() })).toEqual(
      await run(['help', 'ls'], { tree: someTree() }),
    );
  });
});
