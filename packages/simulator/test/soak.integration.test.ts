import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { faultTypes } from '../src/faults/fault.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SEEDS = 300;

test(`${SEEDS} seeds with mixed faults do not fail, and every kind of fault happens`, {
  timeout: 600_000,
}, async () => {
  const { code, stdout } = await new Promise<{ code: number | null; stdout: string }>((resolve) => {
    const child = execFile(process.execPath, [main, '--seeds', String(SEEDS)], (_error, stdout) =>
      resolve({ code: child.exitCode, stdout }),
    );
  });
  process.stdout.write(`\n${stdout}`);
  expect(stdout).toMatch(new RegExp(`^${SEEDS} seeds in .* a second\\), 0 failed$`, 'm'));
  expect(code).toBe(0);
  // Every kind of fault has happened, and so have the rare events.
  for (const type of faultTypes) expect(stdout, type).toMatch(new RegExp(`[:,] [1-9]\\d* ${type}(,|$)`, 'm'));
  expect(stdout).toMatch(/[1-9]\d* logs cut back, [1-9]\d* snapshots/);
});
