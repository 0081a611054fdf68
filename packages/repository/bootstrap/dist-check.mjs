import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BootstrapError, projectNode, root, run } from './toolchain.mjs';

/**
 * Loads the packages as they would be published: plain JavaScript, and each package finds the `dist` of the others.
 * The Node that started this script loads the packages that promise to run on Node 20, too.
 *
 * @throws {BootstrapError} that names the entry point or the file.
 */
export async function checkDist() {
  const packages = ['packages', 'apps'].flatMap(publishedPackages);
  for (const { folder } of packages) mustReferToExistingFiles(folder);
  await mustImport(projectNode, packages);
  await mustImport(
    process.execPath,
    packages.filter(({ manifest }) => manifest.engines.node === '>=20'),
  );
  for (const { folder, manifest } of packages) {
    for (const program of Object.values(manifest.publishConfig.bin ?? {})) {
      const code = await run(projectNode, ['--conditions=conclave-dist', join(folder, program), '--help']);
      if (code !== 0) throw new BootstrapError(`${join(folder, program)} --help ended with code ${code}.`);
    }
  }
}

function publishedPackages(parent) {
  return readdirSync(join(root, parent))
    .map((name) => join(root, parent, name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.publishConfig?.exports !== undefined);
}

async function mustImport(node, packages) {
  const urls = packages.flatMap(({ folder, manifest }) =>
    Object.values(manifest.publishConfig.exports).map(
      (entry) => pathToFileURL(join(folder, entry.default)).href,
    ),
  );
  const program = `for (const url of ${JSON.stringify(urls)}) await import(url); process.exit(0);`;
  const code = await run(node, ['--conditions=conclave-dist', '--input-type=module', '--eval', program]);
  if (code !== 0) throw new BootstrapError(`The built packages do not load in ${node} (see above).`);
}

/** The compiler turns `./x.ts` into `./x.js` in imports, but not in the URL of a worker. */
function mustReferToExistingFiles(folder) {
  const dist = join(folder, 'dist');
  for (const name of readdirSync(dist, { recursive: true })) {
    if (!name.endsWith('.js')) continue;
    const file = join(dist, name);
    for (const [, target] of readFileSync(file, 'utf8').matchAll(
      /new URL\(\s*['"](\.[^'"]*)['"],\s*import\.meta\.url/g,
    )) {
      if (!existsSync(join(dirname(file), target))) {
        throw new BootstrapError(`${file} refers to ${target}, which is not built.`);
      }
    }
  }
}
