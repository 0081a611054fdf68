import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@conclave/testkit';
import { expect, test } from 'vitest';
import { allPages, ROOT } from './pages.ts';
import { moduleOf, snippetsOf } from './snippets.ts';

test('the TypeScript of the documents has the right types', async () => {
  await using directory = await temporaryDirectory();
  const snippets = allPages().flatMap(snippetsOf);
  expect(snippets.length).toBeGreaterThan(5);
  for (const snippet of snippets) {
    const name = `${snippet.file.replaceAll('/', '_')}_${snippet.line}.mts`;
    writeFileSync(join(directory.path, name), moduleOf(snippet));
  }
  const configFile = join(directory.path, 'tsconfig.json');
  writeFileSync(configFile, JSON.stringify(tsconfig()));
  expect(problemsOf(configFile)).toBe('');
});

/** The repository's own, and packages by their sources: a temporary folder has no `node_modules`. */
function tsconfig(): object {
  const sources = (name: string): string => join(ROOT, 'packages', name, 'src/index.ts');
  return {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noUnusedLocals: false,
      typeRoots: [join(ROOT, 'node_modules/@types')],
      paths: {
        '@conclave/client': [sources('client')],
        '@conclave/recipes': [sources('recipes')],
      },
    },
    include: ['*.mts'],
  };
}

function problemsOf(configFile: string): string {
  try {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', configFile], {
      encoding: 'utf8',
    });
    return '';
  } catch (error) {
    if (error instanceof Error && 'stdout' in error) return String(error.stdout);
    throw error;
  }
}
