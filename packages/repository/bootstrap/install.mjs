import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { BootstrapError, manifest, pnpm, projectNode, root, run } from './toolchain.mjs';

const modules = join(root, 'node_modules');
/** Lies in `node_modules`, so that removing the folder removes it too. */
const stampFile = join(modules, '.conclave-install');

/**
 * Brings `node_modules` in line with the lockfile. Returns at once if it is already. Otherwise it fetches and runs pnpm,
 * and shows pnpm's output only if pnpm fails.
 *
 * @throws {BootstrapError} with pnpm's output, when something could not be installed.
 */
export async function install() {
  const stamp = currentStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp && existsSync(projectNode)) return;

  process.stderr.write('Installing dependencies. The first time this takes up to a minute.\n');
  rmSync(stampFile, { force: true });
  const isUpdate = existsSync(modules);
  let problem = await installOnce();
  if (isUpdate && !(await isProjectNodeRunnable())) {
    // A second install does not repair what an interrupted one left behind.
    rmSync(modules, { recursive: true, force: true });
    problem = await installOnce();
  }
  if (problem !== undefined) throw new BootstrapError(`${problem}\n\nCould not install the dependencies.`);
  if (!(await isProjectNodeRunnable())) {
    throw new BootstrapError(
      `Could not install Node ${manifest.devDependencies.node}: ${projectNode} is missing or does not run here.`,
    );
  }
  linkProjectNode();
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

/** Resolves to pnpm's output if it failed, and to undefined otherwise. */
async function installOnce() {
  const { code, output } = await capture((options) =>
    pnpm(
      [
        'install',
        '--frozen-lockfile',
        // Only the package `node` may run a script (see pnpm-workspace.yaml). It must, because the script fetches the binary.
        '--config.ignoreScripts=false',
        // Replaces an old `node_modules` without asking, because the run may have no terminal.
        '--config.confirmModulesPurge=false',
      ],
      { ...options, env: installEnvironment() },
    ),
  );
  return code === 0 ? undefined : withoutNoise(output);
}

function installEnvironment() {
  // The machine's Node comes first: the project's own is about to be replaced.
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter) };
  // In production pnpm would leave out the development dependencies, which are the tools.
  delete env.NODE_ENV;
  // `npm --silent test` must not silence the reason why an install failed.
  delete env.npm_config_loglevel;
  return env;
}

/** Makes `node` in `node_modules/.bin` Node itself, so that a signal to it does not end at pnpm's shell script. */
function linkProjectNode() {
  const command = join(modules, '.bin/node');
  rmSync(command, { force: true });
  symlinkSync('../node/bin/node', command);
}

async function isProjectNodeRunnable() {
  if (!existsSync(projectNode)) return false;
  try {
    const { code, output } = await capture((options) => run(projectNode, ['--version'], options));
    return code === 0 && output.trim() === `v${manifest.devDependencies.node}`;
  } catch {
    // Not a program, or one for another kind of machine.
    return false;
  }
}

async function capture(start) {
  const chunks = [];
  const code = await start({ onOutput: (chunk) => chunks.push(chunk) });
  return { code, output: Buffer.concat(chunks).toString() };
}

/** npm warns about settings that were meant for the npm above it, and pnpm about packages for a newer Node. */
function withoutNoise(output) {
  const noise = /npm warn Unknown \w+ config|WARN\s+Unsupported engine|^npm notice/;
  return output
    .split('\n')
    .filter((line) => !noise.test(line))
    .join('\n')
    .trim();
}
