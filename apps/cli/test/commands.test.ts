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

describe('to a pipe', () => {
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
    ['holder /b', 'nobody\n'],
    ['version', 'conclave 0.1.0\n'],
  ])('%s', async (line, out) => {
    expect(await run(line.split(' '), { tree: someTree() })).toEqual({ code: 0, out, err: '' });
  });
});

describe('to a terminal', () => {
  test.each([
    ['ls /', '[a, b]\n'],
    ['ls /b', '[]\n'],
    ['create /c', 'Created /c\n'],
    ['deleteall /a', 'Deleted 4 nodes\n'],
    ['deleteall /b', 'Deleted 1 node\n'],
  ])('%s', async (line, out) => {
    expect((await run(line.split(' '), { tree: someTree(), terminal: true })).out).toBe(out);
  });

  test('data cannot take it over', async () => {
    const tree = new MemoryTree({ '/a': '\u001b[2J' });
    expect((await run(['get', '/a'], { tree, terminal: true })).out).toBe('\\x1b[2J\n');
    expect((await run(['get', '/a'], { tree })).out).toBe('\u001b[2J\n');
  });
});

describe('to a program', () => {
  test.each([
    ['ls /', { path: '/', children: ['a', 'b'] }],
    ['ls -R /a/x', { path: '/a/x', paths: ['/a/x', '/a/x/deep'] }],
    ['get /a', { path: '/a', data: 'hello', encoding: 'utf8' }],
    ['create /c', { path: '/c', stat: expect.objectContaining({ dataVersion: 0 }) }],
    ['set /a x', { path: '/a', stat: expect.objectContaining({ dataVersion: 1, cZxid: '0x100000003' }) }],
    ['delete /b', { path: '/b' }],
    ['deleteall /a', { path: '/a', deleted: 4 }],
    ['holder /b', { path: '/b', holder: null }],
    ['session', expect.objectContaining({ session: '0x2a', state: 'connected', protocol: 'conclave' })],
    ['version', { version: '0.1.0' }],
  ])('%s', async (line, json) => {
    const { out } = await run([...line.split(' '), '--json'], { tree: someTree() });
    expect(out.split('\n')).toHaveLength(2);
    expect(JSON.parse(out)).toEqual(json);
  });
});

describe('fails', () => {
  test.each([
    ['get /nope', 1, '/nope: no such node (NO_NODE)'],
    ['stat /nope', 1, '/nope: no such node (NO_NODE)'],
    ['deleteall /nope', 1, '/nope: no such node (NO_NODE)'],
    ['create /a', 1, '/a: the node exists already (NODE_EXISTS)'],
    ['delete /a', 1, '/a: the node has children (NOT_EMPTY)'],
    ['delete -v 7 /b', 1, '/b: the node has another version (BAD_VERSION)'],
    ['set -v x /a y', 2, '-v: "x" is not a whole number from -1 to 2147483647'],
    ['deleteall /', 2, 'the root cannot be deleted'],
    ['ls -R -s /', 2, '-R goes without -s and -w'],
    ['ls', 2, 'ls: path is missing\nusage: ls [-s] [-w] [-R] path'],
    ['gett /a', 2, 'no command "gett"; did you mean "get"?'],
    ['rm /a', 2, 'did you mean "delete"?'],
    ['quit', 2, 'quit makes sense in the shell only'],
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

  test('as JSON when asked to', async () => {
    const { err, out } = await run(['get', '/nope', '--json'], { tree: someTree() });
    expect(out).toBe('');
    expect(JSON.parse(err)).toEqual({
      error: { code: 'NO_NODE', message: '/nope: no such node', path: '/nope' },
    });
  });
});

describe('-w waits for the change', () => {
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
  test('lists every command', async () => {
    const { out } = await run(['help'], { tree: someTree() });
    for (const { name, summary } of allCommands.commands)
      expect(out).toMatch(new RegExp(`^${name}\\b[^]*${summary}`, 'm'));
  });

  test.each(allCommands.commands.map((command) => [command.name, command] as const))(
    'explains %s',
    async (name, { summary, examples, syntax }) => {
      const { out } = await run(['help', name], { tree: someTree() });
      for (const part of [summary, ...examples, ...Object.keys(syntax.options)]) expect(out).toContain(part);
      expect(out.split('\n').filter((line) => line.length > 110)).toEqual([]);
    },
  );

  test('is there by --help too', async () => {
    expect(await run(['ls', '--help'], { tree: someTree() })).toEqual(
      await run(['help', 'ls'], { tree: someTree() }),
    );
  });
});
