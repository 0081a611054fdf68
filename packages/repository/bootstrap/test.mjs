import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDist } from './dist-check.mjs';
import { install } from './install.mjs';
import { countTests, formatSummary } from './summary.mjs';
import { BootstrapError, pnpm, projectNode, reportError, root, run } from './toolchain.mjs';

// `npm test`: every check there is, cheapest first, up to the first that fails. Arguments after `--` go to vitest.
const checks = [
  ['install', install],
  ['lint', () => mustSucceed(tool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']))],
  ['types', () => mustSucceed(tool('typescript/bin/tsc', ['-p', 'tsconfig.json']))],
  ['build', () => mustSucceed(pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']))],
  ['dist', checkDist],
];

const summary = (await runChecks())
  ? await runTests(process.argv.slice(2))
  : { passed: 0, failed: 1, skipped: 0 };
process.exitCode = summary.failed === 0 ? 0 : 1;
process.stdout.write(`${formatSummary(summary)}\n`);

/** Resolves to whether all of them passed. */
async function runChecks() {
  for (const [name, check] of checks) {
    process.stdout.write(`\n== ${name}\n`);
    try {
      await check();
    } catch (error) {
      reportError(error);
      process.stdout.write(`\n${name} failed; what comes after it was not run.\n`);
      return false;
    }
  }
  return true;
}

async function runTests(args) {
  process.stdout.write('\n== tests\n');
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
