import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { conclaveEnsemble, type Ensemble } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
let ensemble: Ensemble;

beforeAll(async () => {
  ensemble = await conclaveEnsemble();
  await ensemble.serve();
});

afterAll(() => ensemble.stop());

describe('each example checks its own result on a real ensemble', () => {
  test.each([
    ['word-count', /480000 words, \d+ different ones: right/],
    ['fenced-fleet', /\d+ entries, [1-9]\d* late writes? refused: right/],
    ['scheduler', /(19|20) runs under [23] leaders, none twice: right/],
  ])('%s', async (example, result) => {
    const main = fileURLToPath(new URL(`../src/${example}/main.ts`, import.meta.url));
    const servers = ensemble.webServers.join(',').replaceAll(/,ws:\/\//g, ',');
    const { stdout } = await run(process.execPath, [main, '--servers', servers]);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(result);
  });
});

test('wrong arguments end an example with one sentence', async () => {
  const main = fileURLToPath(new URL('../src/scheduler/main.ts', import.meta.url));
  await expect(run(process.execPath, [main, '--workers', 'many'])).rejects.toMatchObject({
    code: 2,
    stderr: '--workers many: expected a whole number from 2 to 32\n',
  });
});
