import { expect, test } from 'vitest';
import { MemoryTree } from './memory-client.ts';
import { Terminal } from './terminal.ts';

async function opened(tree: MemoryTree): Promise<Terminal> {
  const terminal = new Terminal(tree);
  await terminal.shows('conclave 1> ');
  return terminal;
}

test('the shell runs typed lines, and ends the session when the user leaves', async () => {
  const tree = new MemoryTree({ '/a': 'hello' });
  const terminal = await opened(tree);
  terminal.type('create -e /b x\r');
  await terminal.shows('Created /b\nconclave 2> ');
  terminal.type('ls /\r');
  await terminal.shows('[a, b]\nconclave 3> ');
  terminal.type('quit\r');
  expect(await terminal.ended).toBe(0);
  expect([...tree.nodes.keys()]).toEqual(['/', '/a']);
});

test('the shell continues after an error, and points at its position', async () => {
  const terminal = await opened(new MemoryTree());
  terminal.type('get /nope\r');
  await terminal.shows('/nope: no such node (NO_NODE)\nconclave 2> ');
  terminal.type('get "/a\r');
  await terminal.shows('get "/a\n    ^\nthis quote is not closed\nconclave 3> ');
  terminal.type('quit\r');
  expect(await terminal.ended).toBe(0);
});

test('an event does not break into the line that is being typed', async () => {
  const tree = new MemoryTree({ '/a': 'hello' });
  const terminal = await opened(tree);
  terminal.type('get -w /a\r');
  await terminal.shows('conclave 2> ');
  terminal.type('set /a half');
  await terminal.shows('set /a half');
  tree.put('/a', 'changed');
  await terminal.shows('watch: /a dataChanged at 0x100000003\nconclave 2> set /a half');
  terminal.type(' way\r');
  await terminal.shows('set: unexpected "way"; data with blanks needs quotes');
  terminal.hangUp();
  expect(await terminal.ended).toBe(0);
});

test('the Tab key completes paths', async () => {
  const terminal = await opened(new MemoryTree({ '/config': '', '/config/rate': '100' }));
  terminal.type('get /c');
  await terminal.shows('get /c');
  terminal.type('\t');
  await terminal.shows('onfig/');
  terminal.type('\t');
  await terminal.shows('rate ');
  terminal.type('\r');
  await terminal.shows('100\nconclave 2> ');
  terminal.hangUp();
  await terminal.ended;
});

test('Ctrl-C drops the typed line', async () => {
  const terminal = await opened(new MemoryTree());
  terminal.type('delete /everything');
  await terminal.shows('delete /everything');
  terminal.type('\u0003');
  await terminal.shows('^C\n');
  await terminal.shows('conclave 1> ');
  terminal.type('\u0003');
  await terminal.shows('to leave, type "quit" or press Ctrl-D\n');
  terminal.type('version\r');
  await terminal.shows('conclave 0.1.0\nconclave 2> ');
  terminal.type('\u0004');
  expect(await terminal.ended).toBe(0);
});

test('lines that are typed ahead run in their order', async () => {
  const terminal = await opened(new MemoryTree());
  terminal.type('create /a 1\rset /a 2\rget /a\rquit\r');
  expect(await terminal.ended).toBe(0);
  expect(terminal.text).toContain('Created /a\n2\n');
});
