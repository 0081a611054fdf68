import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { countSteps, runSteps, selectSteps, summaryTable } from './check-run.mjs';
import { lackOf, steps } from './check-steps.mjs';
import { install } from './install.mjs';
import { StepLedger } from './step-ledger.mjs';
import { formatSummary } from './summary.mjs';
import { BootstrapError, projectNode, reportError, root, run } from './toolchain.mjs';

// `npm run check:all`: everything there is. An interrupted run goes on where it was, as long as no source has changed.
// The last line says `N passed, N failed`, and the exit code is 0 only when nothing failed.
const USAGE = `npm run check:all [-- --list | --fresh | --only NAME...]

  --list       the steps, and what is known of each
  --only NAME  this step, even if it has passed; may be repeated
  --fresh      begins anew, and forgets all results
`;

try {
  process.exitCode = await main();
} catch (error) {
  reportError(error);
  print(formatSummary({ passed: 0, failed: 1, skipped: 0 }));
  process.exitCode = 1;
}

async function main() {
  const { list, only, fresh, help } = parseOptions();
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const chosen = selectSteps(steps, only);
  const ledger = new StepLedger(join(root, 'node_modules/.cache/check-all'), await fingerprint());
  if (list) {
    for (const { name, about } of chosen) {
      print(`${name.padEnd(16)} ${(ledger.resultOf(name)?.outcome ?? 'not run').padEnd(8)} ${about}`);
    }
    return 0;
  }
  if (fresh) ledger.clear();
  for (const name of only) ledger.forget(name);
  await install();
  const isComplete = await runSteps(chosen, {
    ledger,
    lackOf,
    execute: (step) => execute(step, ledger.logOf(step.name)),
    print,
  });
  print('');
  for (const line of summaryTable(chosen, ledger)) print(line);
  if (!isComplete) print('Interrupted; the same command goes on from here.');
  const counts = countSteps(chosen, ledger);
  print(formatSummary(counts));
  return isComplete && counts.failed === 0 ? 0 : 1;
}

function parseOptions() {
  try {
    const { values } = parseArgs({
      options: {
        list: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new BootstrapError(`${error.message}\n\n${USAGE}`);
  }
}

/** Shows the output of a step, and keeps it. */
async function execute({ script }, logFile) {
  const log = createWriteStream(logFile);
  try {
    return await run(projectNode, script, {
      onOutput: (chunk) => {
        process.stdout.write(chunk);
        log.write(chunk);
      },
    });
  } finally {
    log.end();
    await finished(log);
  }
}

/** Changes with every change of a source, committed or not. */
async function fingerprint() {
  const hash = createHash('sha256');
  hash.update(await git('rev-parse', 'HEAD'));
  hash.update(await git('diff', 'HEAD'));
  const untracked = (await git('ls-files', '--others', '--exclude-standard', '-z')).split('\0');
  for (const name of untracked) {
    const file = join(root, name);
    if (name !== '' && existsSync(file) && statSync(file).isFile())
      hash.update(name).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Without git all sources look alike, so that `--fresh` is up to the caller. */
async function git(...args) {
  const chunks = [];
  try {
    await run('git', args, { onOutput: (chunk) => chunks.push(chunk) });
  } catch {
    return '';
  }
  return Buffer.concat(chunks).toString();
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
