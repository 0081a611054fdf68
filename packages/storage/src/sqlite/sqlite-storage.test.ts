import { expect, onTestFinished, test } from 'vitest';
import { append } from '../../test/entries.ts';
import { Owner } from '../../test/owner.ts';
import { scratchFolder } from '../../test/scratch.ts';
import { openStorage } from './open-storage.ts';
import { SqliteStorage } from './sqlite-storage.ts';

async function opened(): Promise<{ owner: Owner; storage: SqliteStorage }> {
  const storage = await openStorage({ directory: scratchFolder(), reserveBytes: 4096 });
  onTestFinished(() => storage.close());
  if (!(storage instanceof SqliteStorage)) throw new TypeError('not the storage on SQLite');
  return { owner: new Owner(storage), storage };
}

test.each([
  ['a report for a batch that was never submitted', 7],
  ['a report that comes a second time', 1],
])('%s ends the storage before its owner learns of it', async (_, sequence) => {
  const { owner, storage } = await opened();
  const first = owner.submit(append(1, 1, 3));
  await owner.until(() => owner.isPersisted(first));
  const reported = owner.persisted.length;
  storage.handlePersisted(sequence);
  expect(owner.failures).toMatchObject([{ code: 'INVARIANT_BROKEN', recoverable: false }]);
  expect(owner.persisted).toHaveLength(reported);
});
