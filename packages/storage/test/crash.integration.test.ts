import { join } from 'node:path';
import { counterOf, makeZxid } from '@conclave/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStorage } from '../src/index.ts';
import { AppenderProcess } from './appender-process.ts';
import { entries, plain } from './entries.ts';
import { scratchFolder } from './scratch.ts';

describe('a storage with a process that is killed', () => {
  test('has everything that was acknowledged, time after time', async () => {
    const directory = join(scratchFolder(), 'data');
    let acknowledged = 0;
    for (const linesBeforeDeath of [1, 2, 40, 133, 251, 404]) {
      const appender = new AppenderProcess(directory);
      await appender.until((lines) => lines.length >= linesBeforeDeath);
      await appender.kill();
      acknowledged = Math.max(acknowledged, appender.last('persisted'));

      const storage = await openStorage({ directory, reserveBytes: 64 * 1024 });
      onTestFinished(() => storage.close());
      const { recovered } = storage;
      const first = counterOf(recovered.entries[0]?.zxid ?? makeZxid(1, 1));
      const last = counterOf(recovered.entries.at(-1)?.zxid ?? recovered.checkpointZxid);
      expect(last).toBeGreaterThanOrEqual(acknowledged);
      expect(plain(recovered.entries)).toEqual(plain(entries(1, first, last, 600)));
      expect(counterOf(recovered.checkpointZxid)).toBeGreaterThanOrEqual(appender.last('checkpoint'));
      expect(first).toBeLessThanOrEqual(counterOf(recovered.checkpointZxid) + 1);
      for await (const rows of storage.readCheckpoint()) {
        expect(new TextDecoder().decode(rows[0]?.value)).toBe(`${counterOf(recovered.checkpointZxid)}`);
      }
      expect(recovered.trusted).toBe(true);
      expect(recovered.notes.filter(({ type }) => type !== 'torn-tail-cut')).toEqual([]);
      await storage.close();
    }
    expect(acknowledged).toBeGreaterThan(1000);
  });

  test('is refused to a second process as long as the first lives, and no longer', async () => {
    const directory = join(scratchFolder(), 'data');
    const appender = new AppenderProcess(directory);
    await appender.until((lines) => lines.includes('open'));
    await expect(openStorage({ directory, reserveBytes: 64 * 1024 })).rejects.toMatchObject({
      name: 'DirectoryLockedError',
      code: 'DIRECTORY_LOCKED',
      directory,
      ownerPid: appender.pid,
    });
    await appender.kill();
    const storage = await openStorage({ directory, reserveBytes: 64 * 1024 });
    await storage.close();
  });
});

test('a write error other than a full disk is reported once, and loses nothing that was acknowledged', async () => {
  const directory = join(scratchFolder(), 'data');
  // The write-ahead log may not grow beyond 4 MiB, which is not the error of a full disk.
  const appender = new AppenderProcess(directory, "trap '' XFSZ; ulimit -f 4096;", `${2 ** 30}`);
  await appender.until((lines) => lines.includes('room'));
  expect(appender.lines.filter((line) => line.startsWith('failed'))).toEqual(['failed IO_ERROR']);
  await appender.kill();
  const acknowledged = appender.last('persisted');
  expect(acknowledged).toBeGreaterThan(100);
  const { recovered, close } = await opened(directory);
  expect(counterOf(recovered.entries.at(-1)?.zxid ?? makeZxid(1, 0))).toBeGreaterThanOrEqual(acknowledged);
  expect(recovered.trusted).toBe(true);
  await close();
});

async function opened(directory: string) {
  const storage = await openStorage({ directory, reserveBytes: 64 * 1024 });
  return { recovered: storage.recovered, close: () => storage.close() };
}
