import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { checkDist } from './dist-check.mjs';
import { install } from './install.mjs';
import { countTests, formatSummary } from './summary.mjs';
import { mustHoldTests, splitArguments, wantedTitle } from './test-paths.mjs';
import { BootstrapError, pnpm, projectNode, reportError, root, run } from './toolchain.mjs';

// `npm test` at the root: the whole core, cheapest check first, up to the first that fails.
// `npm test -- PATH`, or `npm test` in a package: only the tests there, without the checks and the build before them.
// Options after `--` go to vitest.
const checks = [
  ['lint', () => mustSucceed(tool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']))],
  ['types', () => mustSucceed(tool('typescript/bin/tsc', ['-p', 'tsconfig.json']))],
  ['build', () => mustSucceed(pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']))],
  ['dist', checkDist],
];

const failedEarly = { passed: 0, failed: 1, skipped: 0 };

const summary = await main();
process.exitCode = summary.failed === 0 ? 0 : 1;
process.stdout.write(`${formatSummary(summary)}\n`);

async function main() {
  let wanted;
  try {
    wanted = splitArguments(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
    // npm runs a script in the folder of its package.
    const isInPackage = relative(root, process.cwd()) !== '';
    if (wanted.paths.length === 0 && isInPackage) wanted.paths.push(mustHoldTests(process.cwd()));
    await install();
  } catch (error) {
    reportError(error);
    return failedEarly;
  }
  if (wanted.paths.length === 0 && !(await runChecks())) return failedEarly;
  const counts = await runTests([...wanted.options, ...wanted.paths]);
  const title = wantedTitle(wanted.options);
  if (title === undefined || counts.passed + counts.failed > 0) return counts;
  process.stderr.write(`No test was run: look for "${title}" in the titles of the tests there.\n`);
  return { ...counts, failed: 1 };
}

/** Resolves to whether all of them passed. */
async function runChecks() {
  for (const [name, check] of checks) {
    process.stdout.write(`\n== ${name}\n`);
    try {
      await check();
    } catch (error) {
      reportError(error);
      process.stdout.write(`\n${name} failed; the checks after it were not run.\n`);
      return false;
    }
  }
  process.stdout.write('\n== tests\n');
  return true;
}

async function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'conclave-test-'));
  const reportFile = join(folder, 'report.json');
  try {
    const exitCode = await tool('vitest/vitest.mjs', [
      'run',
      '--config=.config/vitest.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
      ...(process.stdout.isTTY ? [] : ['--no-color']),
      ...args,
    ]);
    const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : undefined;
    return countTests(report, exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tool(script, args) {
  return run(projectNode, [join(root, 'node_modules', script), ...args]);
}

async function mustSucceed(running) {
  const code = await running;
  if (code !== 0) throw new BootstrapError(`It ended with code ${code}.`);
}
