import { ZXID_ZERO } from '@conclave/protocol';
import { MemoryDisk, openMemoryStorage } from '@conclave/storage';
import pino from 'pino';
import { expect, test } from 'vitest';
import type { PeerLinks } from '../peers/peer-links.ts';
import { SnapshotSender } from './snapshot-transfer.ts';

/** The events of a transfer to server 2, from a disk with one row. */
async function transfer(damage: (disk: MemoryDisk) => void): Promise<string> {
  const disk = new MemoryDisk();
  const storage = await openMemoryStorage(disk);
  await storage.writeCheckpoint([[{ key: '/a', value: new Uint8Array(3) }]], ZXID_ZERO);
  damage(disk);
  return new Promise((resolve) => {
    const links: Pick<PeerLinks, 'send' | 'flush' | 'bufferedBytes'> = {
      send: () => true,
      flush: () => {},
      bufferedBytes: () => 0,
    };
    const sender = new SnapshotSender({
      links: links as PeerLinks,
      clock: { monotonicMs: () => 0, wallMs: () => 0, after: () => () => {}, endOfTurn: () => {} },
      log: pino({ level: 'silent' }),
      onEvent: ({ type }) => {
        if (type !== 'snapshot-progress') resolve(type);
      },
      onSpoilt: ({ code }) => resolve(code),
    });
    sender.send(2, storage);
  });
}

test('an intact checkpoint is sent completely', async () => {
  expect(await transfer(() => {})).toBe('snapshot-sent');
});

test('a damaged checkpoint is reported as a fault of this server, not as a failed transfer', async () => {
  expect(await transfer((disk) => disk.damageRow('/a'))).toBe('CORRUPT_CHECKPOINT');
});
