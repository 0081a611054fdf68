import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

// Imports point one way: apps -> recipes -> client -> protocol, and server -> zab, tree, storage, protocol.
// An app may use every package; a package only those listed here.
const allowed: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  zab: ['protocol'],
  tree: ['protocol'],
  storage: ['protocol'],
  server: ['protocol', 'storage', 'tree', 'zab'],
  client: ['protocol'],
  recipes: ['client', 'protocol'],
  testkit: [],
  simulator: ['client', 'protocol', 'recipes', 'server', 'storage', 'tree', 'zab'],
};

// The deterministic packages: whatever touches the world is handed to them.
const pure = ['protocol', 'tree', 'zab'];

const root = new URL('..', import.meta.url).pathname;
const folders = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(join(root, parent))
    .map((name) => ({ parent, name, path: join(root, parent, name) }))
    .filter(({ path }) => existsSync(join(path, 'package.json'))),
);
const appNames = new Set(
  folders.filter(({ parent }) => parent === 'apps').map(({ path }) => manifestOf(path).name),
);

describe.each(folders)('$parent/$name', ({ parent, name, path }) => {
  const declared = Object.keys(manifestOf(path).dependencies ?? {});
  const imports = sourceFiles(join(path, 'src')).flatMap((file) =>
    importedModules(readFileSync(file, 'utf8')).map((module) => ({ file: file.slice(root.length), module })),
  );

  it('depends only on packages below it', () => {
    const internal = declared.filter((dependency) => dependency.startsWith('@conclave/'));
    if (parent === 'apps') {
      expect(internal.filter((dependency) => appNames.has(dependency))).toEqual([]);
      return;
    }
    const below = allowed[name];
    expect(below, `packages/${name} has no place in the order of imports yet`).toBeDefined();
    expect(internal.filter((dependency) => !below?.includes(dependency.slice('@conclave/'.length)))).toEqual(
      [],
    );
  });

  it('imports only what its manifest declares', () => {
    const own = manifestOf(path).name;
    const undeclared = imports.filter(({ file, module }) => {
      if (module.startsWith('.') || module.startsWith('node:') || isTest(file)) return false;
      return ![own, ...declared].includes(packageOf(module));
    });
    expect(undeclared).toEqual([]);
  });

  it('enters other packages by their name', () => {
    const outside = imports.filter(({ file, module }) => {
      if (!module.startsWith('.')) return /^@conclave\/[^/]+\/(src|dist)\b/.test(module);
      return !join(root, file, '..', module).startsWith(`${path}/`);
    });
    expect(outside).toEqual([]);
  });

  if (parent === 'packages' && pure.includes(name)) {
    it('does not touch the world', () => {
      const impure = imports.filter(
        ({ file, module }) =>
          !isTest(file) && (module.startsWith('node:') || builtinModules.includes(module)),
      );
      expect(impure).toEqual([]);
    });
  }
});

function manifestOf(path: string): { name: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
}

function sourceFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts');
}

function importedModules(source: string): string[] {
  const statements = source.matchAll(/^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm);
  const bare = source.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm);
  const dynamic = source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [...statements, ...bare, ...dynamic].map(([, module]) => module ?? '');
}

function packageOf(module: string): string {
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/');
}
