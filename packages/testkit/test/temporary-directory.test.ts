import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { temporaryDirectory } from '../src/index.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test('a temporary folder goes with its contents when its scope ends', async () => {
  vi.stubEnv('CONCLAVE_KEEP_FOLDERS', '');
  let path: string;
  {
    await using folder = await temporaryDirectory();
    path = folder.path;
    writeFileSync(join(path, 'server.log'), 'a line');
  }
  expect(basename(path)).toMatch(/^conclave-/);
  expect(existsSync(path)).toBe(false);
});

test('CONCLAVE_KEEP_FOLDERS keeps a temporary folder and reports its path', async () => {
  vi.stubEnv('CONCLAVE_KEEP_FOLDERS', '1');
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const folder = await temporaryDirectory();
  await folder[Symbol.asyncDispose]();
  expect(stderr).toHaveBeenCalledWith(`kept ${folder.path}\n`);
  expect(existsSync(folder.path)).toBe(true);
  rmSync(folder.path, { recursive: true });
});
