import { describe, expect, test } from 'vitest';
import { MemoryTree } from './memory-client.ts';
import { run } from './run.ts';

test('a script runs its lines one after another', async () => {
  const input = '# a comment\n\ncreate /a "hello world"\r\nget /a # said\nset /a bye\nget /a';
  expect(await run([], { tree: new MemoryTree(), input })).toEqual({
    code: 0,
    out: '/a\nhello world\nbye\n',
    err: '',
  });
});

test('--json prints one value per line', async () => {
  const { out } = await run(['--json'], { tree: new MemoryTree(), input: 'create /a x\nget /a\n' });
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).path),
  ).toEqual(['/a', '/a']);
});

describe('a script stops at the first error, with its exit code:', () => {
  test('an error from the ensemble', async () => {
    const ran = await run([], { tree: new MemoryTree(), input: 'get /a\ncreate /b\n' });
    expect(ran).toEqual({ code: 1, out: '', err: 'conclave: line 1: /a: no such node (NO_NODE)\n' });
  });

  test('an error in a line, with its position', async () => {
    const ran = await run([], { tree: new MemoryTree(), input: 'create /b\nget "/b\nls /' });
    expect(ran).toEqual({
      code: 2,
      out: '/b\n',
      err: 'get "/b\n    ^\nconclave: line 2: this quote is not closed\n',
    });
  });

  test('an unknown command, with a suggestion', async () => {
    const ran = await run([], { tree: new MemoryTree(), input: '  gte /a' });
    expect(ran.code).toBe(2);
    expect(ran.err).toBe('  gte /a\n  ^\nconclave: line 1: no command "gte"; did you mean "get"?\n');
  });
});

test('a script ends at quit', async () => {
  const ran = await run([], { tree: new MemoryTree(), input: 'create /a\nquit\ncreate /b\n' });
  expect(ran).toEqual({ code: 0, out: '/a\n', err: '' });
});

test('a script has one session, which ends with it', async () => {
  const tree = new MemoryTree();
  const ran = await run([], { tree, input: 'create -e /a\nls /\n' });
  expect(ran.out).toBe('/a\na\n');
  expect([...tree.nodes.keys()]).toEqual(['/']);
});

test('redo runs a line again by its number', async () => {
  const ran = await run([], {
    tree: new MemoryTree(),
    input: 'create -s /n-\nls /\nredo 1\nhistory\nredo 9',
  });
  expect(ran.out).toBe('/n-0000000001\nn-0000000001\n/n-0000000002\n1  create -s /n-\n2  ls /\n3  redo 1\n');
  expect(ran.err).toContain('line 5: no line 9; "history" lists them');
});

test('redo of a redo is refused', async () => {
  const ran = await run([], { tree: new MemoryTree(), input: 'ls /\nredo 1\nredo 2\n' });
  expect(ran.err).toContain('line 2 is a redo itself');
});

test('a watch reports the change when it happens', async () => {
  const ran = await run([], { tree: new MemoryTree({ '/a': 'x' }), input: 'get -w /a\nset /a y\nget /a\n' });
  expect(ran.out).toBe('x\nwatch\tdataChanged\t/a\t0x100000003\ny\n');
});

test('addauth adds an identity to the session', async () => {
  const { out } = await run([], { tree: new MemoryTree(), input: 'addauth digest ann:secret\nwhoami\n' });
  expect(out).toBe('digest:ann\nip:127.0.0.1\n');
});

test('quotas are set, listed and removed, and leave no nodes behind', async () => {
  const tree = new MemoryTree({ '/app': '', '/app/x': '', '/zookeeper': '', '/zookeeper/quota': '' });
  const ran = (input: string) => run([], { tree, input });
  expect(await ran('setquota -n 5 -B 100 /app\nsetquota -b 50 /app\nlistquota /app\n')).toMatchObject({
    out: 'nodes: 0 of 5\nbytes: 0 of 50\nbytes at most: 0 of 100\n',
  });
  expect(new TextDecoder().decode(tree.must('/zookeeper/quota/app/zookeeper_limits').data)).toBe(
    'count=5,bytes=50=;byteHardLimit=100;countHardLimit=-1',
  );
  expect((await ran('setquota -n 5 /app/x\n')).err).toContain('/app/x: /app, above it, has a quota already');
  expect((await ran('delquota -n /app\nlistquota /app\n')).out).toBe(
    'bytes: 0 of 50\nbytes at most: 0 of 100\n',
  );
  expect((await ran('delquota /app\n')).code).toBe(0);
  expect(tree.childrenOf('/zookeeper/quota')).toEqual([]);
  await ran('setquota -n 5 /app/x\n');
  expect((await ran('setquota -n 5 /app\n')).err).toContain('/app: /app/x, below it, has a quota already');
});

test('multi takes operations as they are written alone', async () => {
  const tree = new MemoryTree({ '/a': 'old' });
  const input = "multi 'check -v 0 /a' 'set /a \"two words\"' 'create -e /a/b x' 'delete /a/b'\nget /a\n";
  expect(await run([], { tree, input })).toMatchObject({ code: 0, out: '/a/b\ntwo words\n' });
  const wrong = await run([], { tree, input: "multi 'check /a' 'destroy /a'\n" });
  expect(wrong.err).toContain('"destroy /a": expected create, set, delete or check');
  expect((await run([], { tree, input: "multi 'create -p /x/y'\n" })).err).toContain(
    '-p cannot be used in a transaction',
  );
});

test('a persistent watch reports every change until it is removed', async () => {
  const tree = new MemoryTree({ '/a': '' });
  const input =
    'addWatch /a\nset /a 1\ncreate /a/b\nprintwatches off\nset /a 2\nprintwatches on\nremovewatches /a\nset /a 3\n';
  const { out } = await run([], { tree, input });
  expect(out).toBe('watch\tdataChanged\t/a\t0x100000003\nwatch\tcreated\t/a/b\t0x100000004\n/a/b\n');
  expect((await run([], { tree, input: 'removewatches /a\n' })).err).toContain(
    'this shell has no watch on /a',
  );
});

test('getEphemerals lists the ephemeral nodes of the session', async () => {
  const input = 'create -e /b\ncreate -e /a\ngetEphemerals\ngetEphemerals /b\n';
  expect((await run([], { tree: new MemoryTree(), input })).out).toBe('/b\n/a\n/a\n/b\n/b\n');
});
