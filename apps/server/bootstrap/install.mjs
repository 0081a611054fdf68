import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError, manifest, pnpm, projectNode, root, run, toolEnvironment } from './toolchain.mjs';

/** Lies in `node_modules`, so that removing the folder removes it too. */
const stampFile = join(root, 'node_modules/.conclave-install');

/**
 * Brings `node_modules` in line with the lockfile. Returns at once when it already is; otherwise fetches pnpm and
 * runs it, and shows what it says only if it fails.
 *
 * @throws {BootstrapError} with pnpm's output, when something could not be installed.
 */
export async function install() {
  const stamp = currentStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp && existsSync(projectNode)) return;

  process.stderr.write('Installing dependencies. The first time this takes up to a minute.\n');
  rmSync(stampFile, { force: true });
  await quietPnpm(['install', '--frozen-lockfile', '--config.confirmModulesPurge=false'], 'dependencies');
  await ensureProjectNode();
  writeFileSync(stampFile, stamp);
}

/** Changes whenever an install could have another result. */
function currentStamp() {
  const hash = createHash('sha256');
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...workspaceManifests()]) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return `${process.platform} ${process.arch} ${hash.digest('hex')}\n`;
}

function workspaceManifests() {
  return ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .sort()
      .map((name) => join(folder, name, 'package.json'))
      .filter((file) => existsSync(join(root, file))),
  );
}

/**
 * The package `node` fetches its binary in an install script. pnpm skips the script where scripts are switched off, and
 * a fetch can end half-way, so look whether Node runs and fetch it once more if not.
 */
async function ensureProjectNode() {
  if (!(await isProjectNodeRunnable())) await quietPnpm(['rebuild', 'node'], 'Node');
  if (!(await isProjectNodeRunnable())) {
    throw new BootstrapError(
      `Could not install Node ${manifest.devDependencies.node}: ${projectNode} is missing or does not run here.`,
    );
  }
  const command = join(root, 'node_modules/.bin/node');
  rmSync(command, { force: true });
  symlinkSync('../node/bin/node', command);
}

async function isProjectNodeRunnable() {
  if (!existsSync(projectNode)) return false;
  const { code, output } = await capture((options) => run(projectNode, ['--version'], options));
  return code === 0 && output.trim() === `v${manifest.devDependencies.node}`;
}

async function quietPnpm(args, what) {
  const env = toolEnvironment();
  // In production pnpm would leave out the development dependencies, which are the tools.
  delete env.NODE_ENV;
  // `npm --silent test` must not silence the reason why an install failed.
  delete env.npm_config_loglevel;
  const { code, output } = await capture((options) => pnpm(args, { ...options, env }));
  if (code === 0) return;
  throw new BootstrapError(
    `${withoutNoise(output)}\n\nCould not install ${what}: pnpm ended with code ${code}.`,
  );
}

async function capture(start) {
  const chunks = [];
  const code = await start({ onOutput: (chunk) => chunks.push(chunk) });
  return { code, output: Buffer.concat(chunks).toString() };
}

/** npm complains about settings that were meant for the npm which started it; pnpm about packages for a newer Node. */
function withoutNoise(output) {
  const noise = /npm warn Unknown \w+ config|WARN\s+Unsupported engine|^npm notice/;
  return output
    .split('\n')
    .filter((line) => !noise.test(line))
    .join('\n')
    .trim();
}
