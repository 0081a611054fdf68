import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryDirectory, temporaryDirectory } from '@conclave/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandHistory, HISTORY_LINES_MAX, historyFile } from './history.ts';

let directory: TemporaryDirectory;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(() => directory[Symbol.asyncDispose]());

test('a later run sees the lines of an earlier one', async () => {
  const file = join(directory.path, 'history');
  const first = new CommandHistory();
  await first.load(file);
  first.add('ls /');
  first.add('get /a');
  first.add('get /a');
  await first.save(file);
  const second = new CommandHistory();
  await second.load(file);
  second.add('stat /a');
  expect(second.lines).toEqual(['stat /a']);
  expect(second.recent).toEqual(['stat /a', 'get /a', 'ls /']);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('the history and its file are bounded', async () => {
  const file = join(directory.path, 'history');
  await writeFile(file, Array.from({ length: 3 * HISTORY_LINES_MAX }, (_, i) => `line ${i}\n`).join(''));
  const history = new CommandHistory();
  await history.load(file);
  expect(history.recent).toHaveLength(HISTORY_LINES_MAX);
  history.add('last');
  history.add('x'.repeat(10_000));
  await history.save(file);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(HISTORY_LINES_MAX);
  expect(lines.at(-1)).toBe('last');
});

test('the file holds no credentials', async () => {
  const file = join(directory.path, 'history');
  const history = new CommandHistory();
  history.add('addauth digest ann:secret');
  history.add(' addauth digest ann:secret');
  history.add('ls /');
  await history.save(file);
  expect(await readFile(file, 'utf8')).toBe('ls /\n');
});

test('a file that cannot be read or written is ignored', async () => {
  const history = new CommandHistory();
  await history.load(directory.path);
  history.add('ls /');
  await history.save(join(directory.path, 'no', 'such', 'folder'));
  expect(history.recent).toEqual(['ls /']);
});

test('the variable names the file, or turns it off', () => {
  expect(historyFile({ CONCLAVE_HISTORY: '/tmp/h' })).toBe('/tmp/h');
  expect(historyFile({ CONCLAVE_HISTORY: '' })).toBeUndefined();
  expect(historyFile({})).toMatch(/\.conclave_history$/);
});
