import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeZxid, ZXID_ZERO } from '@conclave/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { openStorage } from '../sqlite/open-storage.ts';
import { setStorageAside } from './set-aside.ts';

test('the next storage begins empty and the old state can still be opened', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'conclave-set-aside-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const entry = { zxid: makeZxid(1, 1), payload: new Uint8Array([7]) };
  const first = await openStorage({ directory, reserveBytes: 1024 });
  const persisted = new Promise<number>((resolve) => {
    first.onPersisted = resolve;
  });
  first.submit({ sequence: 1, operations: [{ type: 'append', entries: [entry] }] });
  await persisted;
  await first.close();

  await setStorageAside(directory, 'diverged');
  const second = await openStorage({ directory, reserveBytes: 1024 });
  expect(second.recovered).toMatchObject({ checkpointZxid: ZXID_ZERO, entries: [], currentEpoch: 0 });
  await second.close();
  await setStorageAside(directory, 'diverged-again');
  expect(await readdir(directory)).toContain('diverged');

  const old = await openStorage({ directory: join(directory, 'diverged'), reserveBytes: 1024 });
  expect(old.recovered.entries.map(({ zxid }) => zxid)).toEqual([entry.zxid]);
  await old.close();
});
