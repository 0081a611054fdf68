import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode } from '../src/arguments.ts';
import { runBench } from '../src/run-bench.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const ZOOKEEPER_JAR = '/usr/share/java/zookeeper.jar';
const tiny = ['--rounds', '1', '--seconds', '0.3', '--warm-up', '0.2'];

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'conclave-bench-'));
});
afterEach(async () => {
  // The program must have removed the data of its servers by itself.
  const left = await readdir(data);
  await rm(data, { recursive: true, force: true });
  expect(left).toEqual([]);
});

async function bench(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const stdout = new Gathered();
  const stderr = new Gathered();
  const code = await runBench(argv, { stdout, stderr }, AbortSignal.timeout(120_000));
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Gathered extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function compare(targets: string, only: string, ...rest: string[]): ReturnType<typeof bench> {
  return bench('compare', '--targets', targets, '--only', only, '--data', data, ...tiny, ...rest);
}

describe('bench compare', () => {
  it('measures an ensemble over WebSocket and over TCP', async () => {
    const { code, stdout, stderr } = await compare(
      'conclave-ws,conclave-tcp',
      'set,get,lock,write-alone',
      '--json',
    );
    expect({ code, stderr }).toMatchObject({ code: ExitCode.ok });
    const { rows, samples, machine } = JSON.parse(stdout);
    expect(rows.map((row: { scenario: string }) => row.scenario)).toEqual([
      'set',
      'get',
      'lock',
      'write-alone',
    ]);
    expect(samples).toHaveLength(8);
    for (const { value } of samples) expect(value).toBeGreaterThan(0);
    expect(machine.cores).toBeGreaterThan(0);
  });

  it('kills the leader, restarts it, and finds every acknowledged write', async () => {
    const { code, stdout, stderr } = await compare('conclave-tcp', 'leader-killed,leader-frozen', '--json');
    expect({ code, stderr }).toMatchObject({ code: ExitCode.ok });
    const { samples } = JSON.parse(stdout);
    expect(samples.map((sample: { lost: number }) => sample.lost)).toEqual([0, 0]);
  });

  it.skipIf(!existsSync(ZOOKEEPER_JAR))(
    `measures a real ZooKeeper${existsSync(ZOOKEEPER_JAR) ? '' : ' (apt-get install zookeeper)'}`,
    async () => {
      const { code, stdout, stderr } = await compare('zookeeper', 'get-session,lock-contended');
      expect({ code, stderr }).toMatchObject({ code: ExitCode.ok });
      expect(stdout.split('\n')[1]).toMatch(/^get-session\toperations\/s\tzookeeper\t\d/);
    },
  );

  it('ends its servers and removes their data when it is interrupted', async () => {
    const argv = ['compare', '--targets', 'conclave-ws', '--only', 'set', '--data', data, '--seconds', '60'];
    const child = spawn(process.execPath, [MAIN, ...argv], { stdio: 'ignore' });
    const exited = once(child, 'exit');
    // The servers' folder exists as soon as they are about to start.
    await expect.poll(() => readdir(data), { timeout: 20_000 }).not.toEqual([]);
    child.kill('SIGINT');
    expect(await exited).toEqual([ExitCode.interrupted, null]);
  });

  it('reports the reason if it cannot measure', async () => {
    const { code, stderr } = await bench('compare', '--data', join(data, 'nowhere'));
    expect(code).toBe(ExitCode.failed);
    expect(stderr).toMatch(/^bench: .*nowhere/);
  });
});
