import { BootstrapError } from './toolchain.mjs';

/** @typedef {import('./check-steps.mjs').Step} Step */
/** @typedef {import('./step-ledger.mjs').StepLedger} StepLedger */

/** A signal asked for the end: the step counts neither as passed nor as failed. */
const INTERRUPTED = [129, 130, 143];

/**
 * The steps with these names, in their own order; all steps when there is no name.
 *
 * @param {readonly Step[]} steps
 * @param {readonly string[]} names
 * @throws {BootstrapError} for a name that no step has.
 */
export function selectSteps(steps, names) {
  const unknown = names.find((name) => !steps.some((step) => step.name === name));
  if (unknown !== undefined) throw new BootstrapError(`There is no step ${unknown}; --list shows them.`);
  return names.length === 0 ? steps : steps.filter(({ name }) => names.includes(name));
}

/**
 * Runs the steps that have not passed yet. A step that fails does not stop the others.
 *
 * @param {readonly Step[]} steps
 * @param {object} parts
 * @param {StepLedger} parts.ledger
 * @param {(step: Step) => string | undefined} parts.lackOf
 * @param {(step: Step) => Promise<number>} parts.execute Resolves to the exit code.
 * @param {(line: string) => void} parts.print
 * @returns {Promise<boolean>} whether it ran to the end; false if a signal ended a step.
 */
export async function runSteps(steps, { ledger, lackOf, execute, print }) {
  for (const step of steps) {
    const { name } = step;
    if (ledger.hasPassed(name)) {
      print(`== ${name}: passed before`);
      continue;
    }
    const lack = lackOf(step);
    if (lack !== undefined) {
      print(`== ${name}: skipped, because this is missing: ${lack}`);
      ledger.record(name, { outcome: 'skipped', seconds: 0, note: `missing: ${lack}` });
      continue;
    }
    print(`== ${name}: ${step.about}`);
    const begun = performance.now();
    const code = await execute(step);
    if (INTERRUPTED.includes(code)) return false;
    const seconds = Math.round((performance.now() - begun) / 1_000);
    const outcome = code === 0 ? 'passed' : 'failed';
    const note = code === 0 ? '' : `exit code ${code}, see ${ledger.logOf(name)}`;
    ledger.record(name, { outcome, seconds, note });
    print(`== ${name}: ${outcome} after ${seconds} s`);
  }
  return true;
}

/** How many of the steps passed, failed and were skipped. A step without a result has not run yet. */
export function countSteps(steps, ledger) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name } of steps) {
    const outcome = ledger.resultOf(name)?.outcome;
    if (outcome !== undefined) counts[outcome]++;
  }
  return counts;
}

/** One line for each step: its name, its result, its seconds, and the reason if it did not pass. */
export function summaryTable(steps, ledger) {
  const width = Math.max(...steps.map(({ name }) => name.length));
  return steps.map(({ name }) => {
    const { outcome = 'not run', seconds = 0, note = '' } = ledger.resultOf(name) ?? {};
    return `${name.padEnd(width)}  ${outcome.padEnd(7)}  ${String(seconds).padStart(5)} s  ${note}`.trimEnd();
  });
}
