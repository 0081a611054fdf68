import { randomInt } from 'node:crypto';
import { open, stat, truncate } from 'node:fs/promises';

/** Cuts off the second half of the file. */
export async function truncateToHalf(file: string): Promise<void> {
  await truncate(file, Math.floor((await stat(file)).size / 2));
}

/** Changes `count` bytes at random places in the second half of the file. */
export async function flipBytes(file: string, count: number): Promise<void> {
  await using handle = await open(file, 'r+');
  const { size } = await handle.stat();
  if (size === 0) throw new Error(`${file} is empty`);
  for (let i = 0; i < count; i++) {
    const position = randomInt(Math.floor(size / 2), size);
    const byte = new Uint8Array(1);
    await handle.read(byte, 0, 1, position);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    await handle.write(byte, 0, 1, position);
  }
  await handle.sync();
}
