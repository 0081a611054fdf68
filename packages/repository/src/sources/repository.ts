import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

export interface SourceFile {
  /** From the root of the repository: `packages/zab/src/peer.ts`. */
  readonly file: string;
  readonly source: string;
}

export interface Manifest {
  /** `packages/zab`. */
  readonly folder: string;
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

export function readManifests(): Manifest[] {
  return filesLike('{packages,apps}/*/package.json').map((file) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
    const { name, dependencies = {}, peerDependencies = {}, devDependencies = {} } = manifest;
    return {
      folder: posix.dirname(file),
      name,
      dependencies: Object.keys({ ...dependencies, ...peerDependencies }),
      devDependencies: Object.keys(devDependencies),
    };
  });
}

/** The sources of all packages and apps, and the tests beside them. */
export function readSources(): SourceFile[] {
  return filesLike('{packages,apps}/*/src/**/*.{ts,mts,js,mjs}').map(readSource);
}

export function readSource(file: string): SourceFile {
  return { file, source: readFileSync(join(ROOT, file), 'utf8') };
}

/** The paths, from the root, that a glob pattern finds, without what is installed or built. */
export function filesLike(pattern: string): string[] {
  const exclude = (name: string) => ['node_modules', 'dist', '.git'].includes(posix.basename(name));
  return globSync(pattern, { cwd: ROOT, exclude }).sort();
}
