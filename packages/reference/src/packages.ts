import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A package that is meant for npm. */
export interface PublishedPackage {
  /** `@conclave/client`. */
  readonly name: string;
  readonly description: string;
  /** From the root of the repository: `packages/client`. */
  readonly folder: string;
  /** The source of its public list: `packages/client/src/index.ts`. */
  readonly entry: string;
  /** The list that browsers get in its place, if it is another one. */
  readonly browserEntry: string | undefined;
}

/** Every package of the workspace that has something to import once it is published. */
export function publishedPackages(): PublishedPackage[] {
  return ['packages', 'apps']
    .flatMap((parent) => readdirSync(join(ROOT, parent)).map((name) => join(parent, name)))
    .filter((folder) => existsSync(join(ROOT, folder, 'package.json')))
    .flatMap((folder) => {
      const manifest = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
      if (manifest.publishConfig === undefined) return [];
      const { default: entry, browser } = manifest.exports['.'];
      return {
        name: manifest.name,
        description: manifest.description,
        folder,
        entry: join(folder, entry),
        browserEntry: browser === undefined ? undefined : join(folder, browser),
      };
    });
}

interface Manifest {
  readonly name: string;
  readonly description: string;
  readonly exports: { readonly '.': { readonly default: string; readonly browser?: string } };
  readonly publishConfig?: unknown;
}
