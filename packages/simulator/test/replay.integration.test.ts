import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MUTATION_VARIABLE } from '../src/mutations/mutation.ts';
import type { Scenario } from '../src/scenario.ts';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const BUG = 'leader-counts-unwritten';
const SEEDS = 20;

interface Output {
  readonly code: number;
  readonly stdout: string;
}

/** Runs `npm run sim` with servers that have a planted bug. */
function sim(...args: string[]): Promise<Output> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', file('../src/mutations/preload.ts'), file('../src/main.ts'), ...args],
      { env: { ...process.env, [MUTATION_VARIABLE]: BUG }, maxBuffer: 256 * 1024 * 1024 },
      (_error, stdout) => resolve({ code: child.exitCode ?? 1, stdout }),
    );
  });
}

/** A single server would have no broadcast to show in the trace. */
const SERVERS = ['--servers', '3'];

/** Returns the session with the most requests. */
function mostFrequent(mentions: Iterable<RegExpExecArray>): string {
  const counts = new Map<string, number>();
  for (const [, session = ''] of mentions) counts.set(session, (counts.get(session) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

describe('a failing run', () => {
  let folder = '';
  let failing: Output;
  let seed = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'conclave-sim-'));
    failing = await sim(...SERVERS, '--seeds', String(SEEDS), '--workers', '2');
    seed = /seed (\d+) fails/.exec(failing.stdout)?.[1] ?? '';
  }, 180_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('ends the soak with its seed, the command that runs it again, and the end of its trace', () => {
    expect(failing.code).toBe(1);
    expect(failing.stdout).toMatch(/^seed \d+ fails: what is committed is on the disks of a quorum: /m);
    expect(failing.stdout).toContain(`replay: npm run sim -- --seed ${seed} ${SERVERS.join(' ')} --trace`);
    expect(failing.stdout).toMatch(/^ +\d+\.\d{3} {2}s\d > s\d +proposal 0x/m);
    expect(failing.stdout).toMatch(/, 1 failed$/m);
  });

  test('prints its trace again, filtered by a server or by a session', async () => {
    const whole = await sim('--seed', seed, ...SERVERS, '--trace');
    expect(whole.code).toBe(1);
    const session = mostFrequent(whole.stdout.matchAll(/ session (0x\w+) xid /g));
    for (const wanted of ['s1', session]) {
      const { stdout } = await sim('--seed', seed, ...SERVERS, '--trace', '--only', wanted);
      const lines = stdout.split('\n').filter((line) => /^ *\d+\.\d{3} {2}/.test(line));
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.every((line) => line.includes(wanted))).toBe(true);
      if (wanted === session) expect(lines.some((line) => / > s\d +create2 /.test(line))).toBe(true);
    }
  });

  test('is reduced to few faults, and fails in the same way when it is run from a file', async () => {
    const saved = join(folder, 'scenario.json');
    const { stdout } = await sim('--seed', seed, ...SERVERS, '--shrink', '--save', saved);
    const counts = [...stdout.matchAll(/^(\d+) faults are enough$/gm)].map(([, count]) => Number(count));
    const [, before] = /^(\d+) faults$/m.exec(stdout) ?? [];
    expect(counts.at(-1) ?? Number(before)).toBeLessThanOrEqual(Math.min(Number(before), 3));
    const { workloads, troubleMs } = JSON.parse(await readFile(saved, 'utf8')) as Scenario;
    expect(workloads.length).toBeLessThanOrEqual(3);
    expect(troubleMs).toBeLessThan(4_000);
    const again = await sim('--scenario', saved);
    expect(again).toMatchObject({ code: 1 });
    expect(again.stdout).toContain(`seed ${seed} fails: what is committed is on the disks of a quorum`);
  });
});
