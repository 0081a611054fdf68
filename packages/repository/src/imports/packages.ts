import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { Manifest } from '../sources/repository.ts';
import type { ParsedFile } from './import-graph.ts';

/**
 * The arrows between the packages: apps → recipes → client → protocol and server → {zab, tree, storage, protocol}.
 * A folder that is not in this table may not exist below `packages/`; an app that is not may import any package.
 */
export const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/protocol': [],
  'packages/zab': ['protocol'],
  'packages/tree': ['protocol'],
  'packages/storage': ['protocol'],
  'packages/client': ['protocol'],
  'packages/recipes': ['client'],
  'packages/server': ['zab', 'tree', 'storage', 'protocol'],
  'packages/testkit': [],
  'packages/conformance': ['client', 'testkit'],
  'packages/repository': [],
  'packages/reference': [],
  'packages/simulator': ['zab', 'tree', 'storage', 'protocol', 'server', 'client', 'recipes', 'testkit'],
  'apps/server': ['server', 'client', 'recipes', 'protocol'],
  'apps/cli': ['client', 'recipes', 'protocol'],
  'apps/bench': ['client', 'recipes', 'protocol', 'testkit'],
  'apps/trials': ['client', 'recipes', 'protocol', 'server', 'simulator', 'testkit'],
};

/** Tests of any package may use it, though the package itself may not. */
const TEST_KIT = 'packages/testkit';

/** Runs in browsers as it stands, or is given everything that touches the world: nothing of Node's may be imported. */
const WITHOUT_NODE = ['packages/protocol', 'packages/recipes', 'packages/zab', 'packages/tree'];

/** Computes the same on every server and in every replay: no clock, no chance, no waiting, no locale. */
const DETERMINISTIC = ['packages/zab', 'packages/tree'];

/** Dependencies in a manifest that run against the direction. */
export function manifestProblems(manifest: Manifest, all: readonly Manifest[]): string[] {
  const { folder, dependencies } = manifest;
  if (folder.startsWith('packages/') && MAY_IMPORT[folder] === undefined) {
    return [`${folder}: no rule says what it may import`];
  }
  return dependencies.flatMap((name) => {
    const target = all.find((other) => other.name === name);
    if (target === undefined || mayImport(folder, target.folder)) return [];
    // It may well start the other's program.
    const betweenApps = folder.startsWith('apps/') && target.folder.startsWith('apps/');
    return betweenApps ? [] : [`${folder}/package.json: depends on ${name}, against the direction`];
  });
}

/** Imports of a file that run against the direction, leave its package or need Node, and what makes its results vary. */
export function sourceProblems(
  { file, isTest, imports, impurities }: ParsedFile,
  all: readonly Manifest[],
): string[] {
  const manifest = all.find(({ folder }) => file.startsWith(`${folder}/`));
  if (manifest === undefined) return [`${file}: belongs to no package`];
  const { folder } = manifest;
  const problems = imports.flatMap(
    (specifier) => importProblem(specifier, file, isTest, manifest, all) ?? [],
  );
  if (DETERMINISTIC.includes(folder) && !isTest) {
    problems.push(...[...new Set(impurities)].map((name) => `uses ${name}, which is not deterministic`));
  }
  return problems.map((problem) => `${file}: ${problem}`);
}

function importProblem(
  specifier: string,
  file: string,
  isTest: boolean,
  manifest: Manifest,
  all: readonly Manifest[],
): string | undefined {
  const { folder, dependencies, devDependencies } = manifest;
  if (specifier.startsWith('.') || specifier.startsWith('/')) {
    const target = posix.join(posix.dirname(file), specifier);
    const inside = specifier.startsWith('.') && target.startsWith(`${folder}/`);
    return inside ? undefined : `imports ${specifier}, which lies outside of its package`;
  }
  if (isBuiltin(specifier)) {
    return WITHOUT_NODE.includes(folder) && !isTest ? `imports ${specifier}, a part of Node` : undefined;
  }
  const name = packageName(specifier);
  const target = all.find((other) => other.name === name);
  const forTests = isTest && target?.folder === TEST_KIT;
  if (target !== undefined && target !== manifest && !forTests && !mayImport(folder, target.folder)) {
    return `imports ${name}, against the direction`;
  }
  // The tests' own tools stand in the manifest of the repository.
  const declared = isTest
    ? target === undefined || dependencies.includes(name) || devDependencies.includes(name)
    : dependencies.includes(name);
  return declared ? undefined : `imports ${name}, which its package.json does not declare`;
}

function mayImport(folder: string, target: string): boolean {
  if (!target.startsWith('packages/')) return false;
  const allowed = MAY_IMPORT[folder];
  return allowed === undefined || allowed.includes(target.slice('packages/'.length));
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
