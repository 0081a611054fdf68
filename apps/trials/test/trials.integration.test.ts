import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@conclave/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../src/report.ts';

/**
 * The short form of the trials: each fault strikes once, and all strike the same ensemble. A fault that needs a feature
 * that this machine lacks is skipped with the reason.
 */
const PROGRAM = fileURLToPath(new URL('../src/main.ts', import.meta.url));
/** The simulator's module that plants a bug in the process that loads it first. */
const DELIBERATE_BUGS = new URL('../../../packages/simulator/src/mutations/preload.ts', import.meta.url).href;
const RUN_TIMEOUT_MS = 240_000;

const SHORT_FORM = [
  {
    servers: 3,
    faults: [
      'leader-killed',
      'leader-frozen',
      'quorum-frozen',
      'leader-alone',
      'leader-deaf',
      'bridge',
      'links-lossy',
      'log-truncated',
      'log-corrupted',
      'disk-lost',
      'clocks-jump',
      'client-killed',
      'client-frozen',
    ],
  },
  { servers: 5, faults: ['leader-with-minority', 'bridge'] },
];

describe.each(SHORT_FORM)('$servers servers and clients in processes of their own', ({ servers, faults }) => {
  let report: Report;

  beforeAll(async () => {
    report = await run(['--servers', String(servers), '--fault', ...faults]);
  }, RUN_TIMEOUT_MS);

  test.for(faults)('lose nothing, do nothing twice and have one holder at a time: %s', (fault, { skip }) => {
    const result = report.results.find((candidate) => candidate.fault === fault);
    if (result === undefined) throw new Error(`${fault} has no result`);
    if (result.status === 'skipped') skip(result.reason);
    expect(result).toMatchObject({ status: 'passed', complaints: [], lost: 0, overlaps: 0, duplicates: 0 });
    expect(result).toHaveProperty(
      'calls.acknowledged',
      expect.toSatisfy((count: number) => count > 0),
    );
  });
});

test('the trials find a bug planted in the servers: transactions that are applied in part', async ({
  skip,
}) => {
  await using data = await temporaryDirectory();
  const environment = { CONCLAVE_MUTATION: 'half-a-multi', NODE_OPTIONS: `--import=${DELIBERATE_BUGS}` };
  const args = ['--servers', '3', '--fault', 'follower-unheard', '--data', data.path];
  // Time enough for several rounds.
  const { results } = await run(args, environment, 3);
  const [result] = results;
  if (result?.status === 'skipped') skip(result.reason);
  expect(result).toMatchObject({ status: 'failed' });
  expect(result).toHaveProperty('complaints.0.property', 'linearizability');
});

async function run(
  args: readonly string[],
  environment: Record<string, string> = {},
  seconds = 0,
): Promise<Report> {
  const common = ['--together', '--seconds', String(seconds), '--json'];
  const child = spawn(process.execPath, [PROGRAM, ...common, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...environment },
  });
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await once(child, 'close');
  if (output === '') throw new Error(`the trials printed no report:\n${errors}`);
  return JSON.parse(output) as Report;
}
