import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countSteps, runSteps, selectSteps, summaryTable } from './check-run.mjs';
import { steps as allSteps, lackOf } from './check-steps.mjs';
import { StepLedger } from './step-ledger.mjs';

const steps = ['core', 'trials', 'soak'].map((name) => ({
  name,
  about: `the ${name}`,
  script: [`${name}.ts`],
}));

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'conclave-steps-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the steps with these exit codes, and returns which of them ran. */
async function runWith(codes, { ledger = new StepLedger(folder, 'these sources'), lacks = {} } = {}) {
  const ran = [];
  const isComplete = await runSteps(steps, {
    ledger,
    lackOf: ({ name }) => lacks[name],
    execute: async ({ name }) => {
      ran.push(name);
      return codes[name] ?? 0;
    },
    print: () => {},
  });
  return { ran, isComplete, counts: countSteps(steps, ledger), table: summaryTable(steps, ledger) };
}

describe('runSteps', () => {
  it('runs every step once when all of them pass', async () => {
    expect(await runWith({})).toMatchObject({
      ran: ['core', 'trials', 'soak'],
      isComplete: true,
      counts: { passed: 3, failed: 0, skipped: 0 },
    });
  });

  it('goes on after a step that fails, and names its exit code and its log', async () => {
    const { ran, isComplete, counts, table } = await runWith({ core: 7 });
    expect(ran).toEqual(['core', 'trials', 'soak']);
    expect(isComplete).toBe(true);
    expect(counts).toEqual({ passed: 2, failed: 1, skipped: 0 });
    expect(table[0]).toBe(`core    failed       0 s  exit code 7, see ${join(folder, 'core.log')}`);
  });

  it('does not repeat in a later run what has passed, but does repeat what failed', async () => {
    await runWith({ trials: 1 });
    expect(await runWith({})).toMatchObject({ ran: ['trials'], counts: { passed: 3, failed: 0 } });
  });

  it.each([129, 130, 143])(
    'stops at a step that a signal ended (exit code %i), and goes on there',
    async (code) => {
      expect(await runWith({ trials: code })).toMatchObject({
        ran: ['core', 'trials'],
        isComplete: false,
        counts: { passed: 1, failed: 0, skipped: 0 },
      });
      expect((await runWith({})).ran).toEqual(['trials', 'soak']);
    },
  );

  it('skips a step for which the machine lacks something, and tries it again later', async () => {
    const { ran, counts, table } = await runWith({}, { lacks: { trials: 'a kernel' } });
    expect(ran).toEqual(['core', 'soak']);
    expect(counts).toEqual({ passed: 2, failed: 0, skipped: 1 });
    expect(table[1]).toContain('missing: a kernel');
    expect((await runWith({})).ran).toEqual(['trials']);
  });

  it('repeats everything when the sources have changed', async () => {
    await runWith({});
    expect((await runWith({}, { ledger: new StepLedger(folder, 'other sources') })).ran).toHaveLength(3);
  });

  it('repeats everything when the results are damaged or were cleared', async () => {
    await runWith({});
    writeFileSync(join(folder, 'results.json'), '{"fingerprint":');
    expect((await runWith({})).ran).toHaveLength(3);
    const ledger = new StepLedger(folder, 'these sources');
    ledger.clear();
    expect((await runWith({}, { ledger })).ran).toHaveLength(3);
  });

  it('repeats a step that was forgotten', async () => {
    await runWith({});
    const ledger = new StepLedger(folder, 'these sources');
    ledger.forget('trials');
    expect((await runWith({}, { ledger })).ran).toEqual(['trials']);
  });
});

describe('selectSteps', () => {
  it('takes all steps without a name, and the named ones in their own order', () => {
    expect(selectSteps(steps, [])).toBe(steps);
    expect(selectSteps(steps, ['soak', 'core']).map(({ name }) => name)).toEqual(['core', 'soak']);
  });

  it('refuses a name that no step has', () => {
    expect(() => selectSteps(steps, ['sauna'])).toThrow('There is no step sauna');
  });
});

describe('the steps', () => {
  it('have names of their own', () => {
    expect(new Set(allSteps.map(({ name }) => name)).size).toBe(allSteps.length);
  });

  it('run scripts that exist, or say which is missing', () => {
    const missing = allSteps.filter((step) => lackOf({ ...step, lacks: undefined }) !== undefined);
    expect(missing.map(({ name }) => name)).toEqual([]);
    expect(lackOf({ script: ['nowhere.ts'] })).toBe('the file nowhere.ts');
  });
});
