import { describe, expect, test } from 'vitest';
import { MemoryTree } from './memory-client.ts';
import { run } from './run.ts';

test('runs the lines one after the other', async () => {
  const input = '# a comment\n\ncreate /a "hello world"\r\nget /a # said\nset /a bye\nget /a';
  expect(await run([], { tree: new MemoryTree(), input })).toEqual({
    code: 0,
    out: '/a\nhello world\nbye\n',
    err: '',
  });
});

test('one value on a line as JSON', async () => {
  const { out } = await run(['--json'], { tree: new MemoryTree(), input: 'create /a x\nget /a\n' });
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).path),
  ).toEqual(['/a', '/a']);
});

describe('stops at the first error, with its code', () => {
  test('of the ensemble', async () => {
    const ran = await run([], { tree: new MemoryTree(), input: 'get /a\ncreate /b\n' });
    expect(ran).toEqual({ code: 1, out: '', err: 'conclave: line 1: /a: no such node (NO_NODE)\n' });
  });

  test('of the line, pointing at it', async () => {
    const ran = await run([], { tree: new MemoryTree(), input: 'create /b\nget "/b\nls /' });
    expect(ran).toEqual({
      code: 2,
      out: '/b\n',
      err: 'get "/b\n    ^\nconclave: line 2: this quote is not closed\n',
    });
  });

  test('of what is no command', async () => {
    const ran = await run([], { tree: new MemoryTree(), input: '  gte /a' });
    expect(ran.code).toBe(2);
    expect(ran.err).toBe('  gte /a\n  ^\nconclave: line 1: no command "gte"; did you mean "get"?\n');
  });
});

test('ends at quit', async () => {
  const ran = await run([], { tree: new MemoryTree(), input: 'create /a\nquit\ncreate /b\n' });
  expect(ran).toEqual({ code: 0, out: '/a\n', err: '' });
});

test('one session holds for all its lines, and ends with it', async () => {
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

test('a line that redoes itself is refused', async () => {
  const ran = await run([], { tree: new MemoryTree(), input: 'ls /\nredo 1\nredo 2\n' });
  expect(ran.err).toContain('line 2 is a redo itself');
});

test('a watch tells of the change when it comes', async () => {
  const ran = await run([], { tree: new MemoryTree({ '/a': 'x' }), input: 'get -w /a\nset /a y\nget /a\n' });
  expect(ran.out).toBe('x\nwatch\tdataChanged\t/a\t0x100000003\ny\n');
});
