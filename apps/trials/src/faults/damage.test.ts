import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@conclave/testkit';
import { expect, test } from 'vitest';
import { flipBytes, truncateToHalf } from './damage.ts';

test('damage removes or changes only the second half of a file', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'file');
  await writeFile(file, new Uint8Array(1000));
  await flipBytes(file, 5);
  const bytes = await readFile(file);
  expect(bytes.length).toBe(1000);
  expect(bytes.subarray(0, 500).every((byte) => byte === 0)).toBe(true);
  expect(bytes.subarray(500).some((byte) => byte === 0xff)).toBe(true);
  await truncateToHalf(file);
  expect((await stat(file)).size).toBe(500);
});
